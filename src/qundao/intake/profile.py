"""Profiles sources before anything is mapped: one streaming pass a table, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from qundao.intake import codes
from qundao.intake.joins import Scanned, guess_joins
from qundao.intake.limits import DEFAULT_LIMITS, Limits
from qundao.intake.profile_result import (
    ColumnProfile,
    IntakeProfile,
    Join,
    Key,
    Range,
    TableProfile,
)
from qundao.intake.readers import FORMATS, open_source
from qundao.intake.readers.opening import format_of
from qundao.intake.source import Reader
from qundao.intake.table_scan import Progress, TableScan
from qundao.kernel.errors import Problem, QundaoError, fail, problem

__all__ = [
    "ColumnProfile",
    "IntakeProfile",
    "Join",
    "Key",
    "Profiled",
    "Range",
    "TableProfile",
    "files_of",
    "profile_paths",
    "profile_readers",
]


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile, and why some sources or tables are not in it."""

    profile: IntakeProfile
    problems: tuple[Problem, ...]


def profile_readers(
    readers: Mapping[str, Reader], *, progress: Progress | None = None
) -> IntakeProfile:
    """Profile every table of open sources, by the names given. Raises `intake.*`."""
    scanned = [s for name, reader in readers.items() for s in _scan(name, reader, progress)]
    return IntakeProfile(tuple(p for _, p in scanned), guess_joins(scanned))


def profile_paths(
    paths: Iterable[Path],
    *,
    format_: str = "",
    options: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Profiled:
    """Profile files, and the files in folders; what cannot be read is told, the rest profiled.

    Raises `intake.*` with every problem where nothing at all could be read.
    """
    scanned: list[Scanned] = []
    problems: list[Problem] = []
    files = _all_files(paths, format_, problems)
    names = Counter(f.name for f in files)
    for file in files:
        name = file.name if names[file.name] == 1 else str(file)
        try:
            with closing(open_source(file, format_=format_, options=options, limits=limits)) as own:
                scanned.extend(_scan(name, own, progress))
        except QundaoError as error:
            problems += [_in_file(p, file) for p in error.problems]
    if problems and not scanned:
        raise QundaoError(*problems)
    profile = IntakeProfile(tuple(p for _, p in scanned), guess_joins(scanned))
    return Profiled(profile, tuple(problems))


def _all_files(paths: Iterable[Path], format_: str, problems: list[Problem]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        try:
            files += files_of(path, format_)
        except QundaoError as error:
            problems += error.problems
    return files


def files_of(path: Path, format_: str = "") -> list[Path]:
    """Return the file, or the files of a known format in a folder (its folders are not entered).

    With a format told, every file of the folder counts. Raises `intake.source_missing` and, where
    a folder holds none, `intake.empty_folder`.
    """
    if not path.exists():
        raise fail(codes.SOURCE_MISSING, str(path), "source")
    if not path.is_dir():
        return [path]
    inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "~$")))
    files = [p for p in inside if format_ or format_of(p)]
    if not files:
        raise fail(codes.EMPTY_FOLDER, str(path), "source", known=", ".join(FORMATS))
    return files


def _in_file(found: Problem, path: Path) -> Problem:
    """Return the problem with the file's name where it does not say so itself."""
    if path.name in found.where or path.name in found.received:
        return found
    return problem(
        found.code, found.received, f"{path.name} {found.where}".strip(), **dict(found.facts)
    )


def _scan(name: str, reader: Reader, progress: Progress | None) -> Iterator[Scanned]:
    for table in reader.tables():
        scan = TableScan(name, table)
        yield scan, scan.read(reader, progress)
