"""Files of definitions: which ones are meant, under which ids, and what is wrong with one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_READ, USAGE
from qundao.cli.parsing import load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if

_PATTERN = "*.json"


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """One definition's file; its id is the file's name without `.json`."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class Read:
    """A file with the population in it, or with what is wrong."""

    file: DefinitionFile
    definition: Any = None
    problems: tuple[Problem, ...] = ()


def definition_files(
    paths: Sequence[Path], option: str, besides: Path | None = None
) -> tuple[DefinitionFile, ...]:
    """Return the files that paths name, folders opened (not recursively), sorted by id.

    besides: a file of our own that is no definition, even where it lies in such a folder.
    Raises `cli.cannot_read` and `cli.usage`: a path that is not there, a folder without a
    definition, two files of one id.
    """
    raise_if(p for path in paths for p in _missing(path, option))
    own = None if besides is None else besides.absolute()
    found = {p.absolute(): p for path in paths for p in _files(path) if p.absolute() != own}
    if not found:
        raise fail(USAGE, ", ".join(map(str, paths)), option, required=f"{_PATTERN}, ≥ 1")
    files = [DefinitionFile(_name(p), p) for p in found.values()]
    raise_if(_repeated(files, option))
    return tuple(sorted(files, key=lambda f: f.id))


def read_files(files: Sequence[DefinitionFile]) -> Iterator[Read]:
    """Yield each file with its population, or with its problems. Shows progress."""
    read = load("qundao.query.reading").read_population
    progress = TerminalProgress()
    for done, file in enumerate(files):
        progress(done, len(files), file.id)
        yield _read(file, read)
    progress(len(files), len(files), "")


def _read(file: DefinitionFile, read: Callable[[bytes, str], Any]) -> Read:
    try:
        return Read(file, read(file.path.read_bytes(), file.id))
    except OSError as error:
        return Read(file, problems=(problem(CANNOT_READ, error.strerror, file.id),))
    except QundaoError as error:
        return Read(file, problems=error.problems)


def _name(path: Path) -> str:
    """Return a file's name without `.json`; what is no text in it is replaced."""
    name = path.stem if path.suffix == ".json" else path.name
    return name.encode("utf-8", "replace").decode("utf-8")


def _missing(path: Path, option: str) -> Iterator[Problem]:
    if not path.exists():
        yield problem(CANNOT_READ, str(path), option)


def _files(path: Path) -> list[Path]:
    """Return the files of a path; a folder's are neither folders themselves nor hidden."""
    if path.is_dir():
        found = (p for p in path.glob(_PATTERN) if not p.name.startswith("."))
        return sorted(p for p in found if not p.is_dir())
    return [path]


def _repeated(files: Sequence[DefinitionFile], option: str) -> Iterator[Problem]:
    by_id: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_id[file.id].append(str(file.path))
    for name, found in by_id.items():
        if len(found) > 1:
            yield problem(USAGE, ", ".join(found), option, required=f"one file of id {name}")
