"""The files of a mapping's sources: which there are, what columns they have, what they hold.

A format that is as quickly read as copied is read where it lies, in every load anew; any other is
staged first, once. A database's view counts as a file that is staged for one load alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.files import readable_name
from qundao.intake.load.staging import Progress, Staged, StagedReader, stage, table_of
from qundao.intake.load.versions import passing_folder
from qundao.intake.load.views import open_views, stage_view
from qundao.intake.mapping.document import SourceRule
from qundao.intake.readers import format_of, open_source
from qundao.intake.source import PLACE, Judging, Reader
from qundao.kernel.errors import Problem, problem, raise_if

QUICK = ("delimited", "parquet", "xpt")
"""Formats that are read where they lie."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A table of a file of a source, or a database's view. `number` counts them from 0.

    `bytes` and `changed` (nanoseconds; of a view the digest of its rows) are what tells, after an
    interruption, that the file is the one that was being read. `staged` is where its rows lie if
    not in the file itself. Of one that is `joined_only`, other sources take columns, and nothing is
    loaded: it was delivered before. `judged` found out how the file is written.
    """

    rule: SourceRule
    path: Path
    number: int
    bytes: int
    changed: int | str
    table: str
    schema: pa.Schema
    rows: int | None = None
    staged: Staged | None = None
    joined_only: bool = False
    judged: Judging | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Return what the file is called: of a view `view@host/database`."""
        return self.staged.file if self.staged else readable_name(self.path)

    @property
    def shown(self) -> str:
        """Return what the file is called while it is read: of a workbook with the sheet."""
        return f"{self.name} {self.rule.table}".strip()

    @property
    def told(self) -> tuple[str, str, int, int | str]:
        """Return what a load says of the file to know it again."""
        return self.rule.name, self.name, self.bytes, self.changed


@dataclass(frozen=True, slots=True)
class FileRead:
    """What became of a file: rows handed over, rows that could not be read, its SHA-256."""

    source: str
    file: str
    digest: str
    rows: int
    broken: int


@contextmanager
def source_files(
    rules: Mapping[str, SourceRule], folder: Path, intake: Path, progress: Progress
) -> Iterator[Sequence[SourceFile]]:
    """Yield the files of every source below `folder`, staged below `intake` where they have to be.

    Of an optional source there may be none. What was read of databases is gone afterwards. Raises
    `intake.*`, whatever is missing at once.
    """
    views, problems = open_views(rules.values())
    raise_if([*_missing(list(rules.values()), folder), *problems])
    with passing_folder(intake, keep_works=True) if views else nullcontext(intake) as passing:
        found: list[SourceFile] = []
        for rule in rules.values():
            if rule.name in views:
                staged = stage_view(rule, views[rule.name], passing, progress)
                found.append(_of_view(rule, staged, len(found)))
            for path in _files(rule, folder):
                found.append(_source_file(rule, path, len(found), intake / "stage", progress))
        yield found


def _files(rule: SourceRule, folder: Path) -> list[Path]:
    return sorted({p for pattern in rule.files for p in _matching(folder, pattern)})


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a pattern: what is none, or a place of the machine's, has no files."""
    try:
        return [p for p in folder.glob(pattern) if p.is_file()]
    except (ValueError, NotImplementedError, IndexError, OSError):
        return []


def _missing(rules: Sequence[SourceRule], folder: Path) -> Iterator[Problem]:
    """Yield each file that is not there; those of optional sources too where there is nothing."""
    nothing = not any(rule.view or _files(rule, folder) for rule in rules)
    for rule in rules:
        for file in rule.files:
            if (nothing or not rule.optional) and not _matching(folder, file):
                yield problem(codes.SOURCE_MISSING, str(folder / file), f"sources.{rule.name}")


def _of_view(rule: SourceRule, staged: Staged, number: int) -> SourceFile:
    path = Path(staged.data)
    bare = SourceFile(
        rule, path, number, path.stat().st_size, staged.digest, "", pa.schema([]), staged=staged
    )
    return _with_columns(bare)


def _source_file(
    rule: SourceRule, path: Path, number: int, stage_folder: Path, progress: Progress
) -> SourceFile:
    about = path.stat()
    bare = SourceFile(rule, path, number, about.st_size, about.st_mtime_ns, "", pa.schema([]))
    if (rule.format or format_of(path)) not in QUICK:
        stage_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        bare = replace(bare, staged=stage(rule, path, stage_folder, progress))
    return _with_columns(bare)


def _with_columns(bare: SourceFile) -> SourceFile:
    with opened(bare) as reader:
        (table,) = (t for t in reader.tables() if t.name == _name(bare, reader))
        schema = pa.schema([f for f in table.schema() if f.name != PLACE])
        judged = reader if isinstance(reader, Judging) else None
        return replace(bare, table=table.name, schema=schema, rows=table.rows, judged=judged)


def _name(file: SourceFile, reader: Reader) -> str:
    return reader.tables()[0].name if file.staged else table_of(file.rule, reader)


@contextmanager
def opened(file: SourceFile) -> Iterator[Reader]:
    """Yield a reader of the file's rows. Raises `intake.*`."""
    reader = _reader(file)
    try:
        yield reader
    finally:
        reader.close()


def _reader(file: SourceFile) -> Reader:
    if file.staged:
        return StagedReader(file.staged)
    if file.judged:
        return file.judged.again()
    return open_source(file.path, format_=file.rule.format, options=file.rule.options)


def digest_of(file: SourceFile) -> str:
    """Return the SHA-256 of a file's bytes."""
    if file.staged:
        return file.staged.digest
    digest = hashlib.sha256()
    with file.path.open("rb") as held:
        while block := held.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()
