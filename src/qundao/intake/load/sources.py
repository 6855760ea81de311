"""The files of a mapping's sources: which there are, what columns they have, what they hold.

A format that is as quickly read as copied is read where it lies, in every load anew; any other is
staged first, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.load.staging import Progress, Staged, StagedReader, stage, table_of
from qundao.intake.mapping.document import SourceRule
from qundao.intake.readers import format_of, open_source
from qundao.intake.source import PLACE, Reader
from qundao.kernel.errors import problem, raise_if

QUICK = ("delimited", "parquet", "xpt")
"""Formats that are read where they lie."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A table of a file of a source. `number` counts the files of a load from 0.

    `bytes` and `changed` (nanoseconds) are what tells, after an interruption, that the file is the
    one that was being read. `staged` is where its rows lie if not in the file itself.
    """

    rule: SourceRule
    path: Path
    number: int
    bytes: int
    changed: int
    table: str
    schema: pa.Schema
    rows: int | None = None
    staged: Staged | None = None

    @property
    def told(self) -> tuple[str, str, int, int]:
        """Return what a load says of the file to know it again."""
        return self.rule.name, self.path.name, self.bytes, self.changed


@dataclass(frozen=True, slots=True)
class FileRead:
    """What became of a file: rows handed over, rows that could not be read, its SHA-256."""

    source: str
    file: str
    digest: str
    rows: int
    broken: int


def find_files(rules: Sequence[SourceRule], folder: Path) -> dict[str, list[Path]]:
    """Return each source's files below `folder`: of an optional one, perhaps none.

    Raises `intake.source_missing`, all at once; also where there is no file of any source.
    """
    found = {r.name: sorted({p for f in r.files for p in folder.glob(f)}) for r in rules}
    nothing = not any(found.values())
    raise_if(
        problem(codes.SOURCE_MISSING, str(folder / file), f"sources.{rule.name}")
        for rule in rules
        for file in rule.files
        if (nothing or not rule.optional) and not any(folder.glob(file))
    )
    return found


def source_files(
    rules: Mapping[str, SourceRule], folder: Path, stage_folder: Path, progress: Progress
) -> Sequence[SourceFile]:
    """Return the files of every source, staged where they have to be. Raises `intake.*`."""
    files = find_files(list(rules.values()), folder)
    found: list[SourceFile] = []
    for rule in rules.values():
        for path in files[rule.name]:
            found.append(_source_file(rule, path, len(found), stage_folder, progress))
    return found


def _source_file(
    rule: SourceRule, path: Path, number: int, stage_folder: Path, progress: Progress
) -> SourceFile:
    about = path.stat()
    bare = SourceFile(rule, path, number, about.st_size, about.st_mtime_ns, "", pa.schema([]))
    if (rule.format or format_of(path)) not in QUICK:
        stage_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        bare = replace(bare, staged=stage(rule, path, stage_folder, progress))
    with opened(bare) as reader:
        (table,) = (t for t in reader.tables() if t.name == _name(bare, reader))
        schema = pa.schema([f for f in table.schema() if f.name != PLACE])
        return replace(bare, table=table.name, schema=schema, rows=table.rows)


def _name(file: SourceFile, reader: Reader) -> str:
    return reader.tables()[0].name if file.staged else table_of(file.rule, reader)


@contextmanager
def opened(file: SourceFile) -> Iterator[Reader]:
    """Yield a reader of the file's rows. Raises `intake.*`."""
    reader: Reader = (
        StagedReader(file.staged)
        if file.staged
        else open_source(file.path, format_=file.rule.format, options=file.rule.options)
    )
    try:
        yield reader
    finally:
        reader.close()


def digest_of(file: SourceFile) -> str:
    """Return the SHA-256 of a file's bytes."""
    if file.staged:
        return file.staged.digest
    digest = hashlib.sha256()
    with file.path.open("rb") as held:
        while block := held.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()
