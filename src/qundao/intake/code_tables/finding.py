"""Finds the tables of codes in a file or a folder: by file names, then by headers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from qundao.intake.code_tables.athena import FILES as ATHENA_FILES
from qundao.intake.code_tables.athena import is_athena, read_athena
from qundao.intake.code_tables.layouts import VOCABULARIES
from qundao.intake.code_tables.loinc import is_loinc, read_loinc
from qundao.intake.code_tables.meddra import is_meddra, read_meddra
from qundao.intake.code_tables.sheets import fit, read_sheet
from qundao.intake.code_tables.table import CodeTable, Progress, silent
from qundao.intake.codes import NO_CODE_TABLE, SOURCE_MISSING
from qundao.intake.readers import open_source
from qundao.intake.readers.opening import format_of
from qundao.kernel.errors import fail

_ASC = ".asc"
_SHEETS = ("delimited", "excel")
_BELOW = ("MedAscii", "LoincTable")
"""Folders inside a distribution that hold its tables."""


def read_code_tables(path: Path, progress: Progress = silent) -> tuple[CodeTable, ...]:
    """Return every table of codes in a file, or in a folder and the folders of a distribution.

    Raises `intake.source_missing`, `intake.no_code_table` where none is recognised, and whatever
    the reader of a recognised file raises.
    """
    if not path.exists():
        raise fail(SOURCE_MISSING, str(path), "vocabulary")
    found = tuple(_of_folder(path, progress) if path.is_dir() else _of_file(path, progress))
    if not found:
        raise fail(NO_CODE_TABLE, path.name, "vocabulary", **_known())
    return found


def _known() -> dict[str, str]:
    words = [v.words for v in VOCABULARIES.values()]
    return {"known_zh": "、".join(w.zh for w in words), "known_en": "; ".join(w.en for w in words)}


def files_of_tables(path: Path) -> tuple[Path, ...]:
    """Return the files that tables of codes are read from, as far as they are there."""
    if not path.is_dir():
        return (path,) if path.is_file() else ()
    inside = sorted(path.iterdir())
    if is_athena(path):
        return tuple(p for p in inside if p.name.lower() in ATHENA_FILES)
    below = (f for p in inside if p.name in _BELOW for f in files_of_tables(p))
    return (*(p for p in inside if _is_read(p)), *below)


def _is_read(path: Path) -> bool:
    return path.is_file() and (path.suffix.lower() == _ASC or format_of(path) in _SHEETS)


def _of_folder(folder: Path, progress: Progress) -> Iterator[CodeTable]:
    if is_athena(folder):
        yield read_athena(folder, progress)
        return
    if is_meddra(folder):
        yield read_meddra(folder)
    for file in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() != _ASC):
        yield from _of_file(file, progress)
    for below in sorted(p for p in folder.iterdir() if p.is_dir() and p.name in _BELOW):
        yield from _of_folder(below, progress)


def _of_file(path: Path, progress: Progress) -> Iterator[CodeTable]:
    if path.suffix.lower() == _ASC:
        if is_meddra(path.parent) and path.name.lower() == "llt.asc":
            yield read_meddra(path.parent)
        return
    if format_of(path) not in _SHEETS:
        return
    with closing(open_source(path)) as reader:
        for table in reader.tables():
            if is_loinc(table):
                yield read_loinc(reader, table, path, progress)
            elif fitting := fit(table, path.name):
                yield read_sheet(reader, table, fitting, path, progress)
