"""Reads MedDRA's ASCII files (MedDRA Distribution File Format Document): `$` behind each field.

llt.asc, pt.asc, hlt.asc, hlgt.asc, soc.asc are the five levels, mdhier.asc the paths between them.
A term's parent is the one of its primary path; a lower level term that is a preferred term itself
is told once, as the latter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qundao.intake.code_tables.table import CodeRow, CodeTable, made
from qundao.intake.codes import BAD_ROW, BEYOND_LIMITS, CODE_ORPHAN, SOURCE_MISSING, UNREADABLE
from qundao.intake.source import LONGEST_VALUE, Defect
from qundao.kernel.errors import fail, problem, raise_if

LARGEST = 256 * 2**20
"""Bytes of one file: twenty times what a release has."""

_WHAT = "MedDRA ASCII"
_RELEASE = "meddra_release.asc"


@dataclass(frozen=True, slots=True)
class _Level:
    """A level's file, the fields of a line, and OMOP's class."""

    file: str
    fields: int
    class_id: str


_LLT = _Level("llt.asc", 11, "LLT")
_PT = _Level("pt.asc", 11, "PT")
_HLT = _Level("hlt.asc", 9, "HLT")
_HLGT = _Level("hlgt.asc", 9, "HLGT")
_SOC = _Level("soc.asc", 10, "SOC")
_PATHS = _Level("mdhier.asc", 12, "")
_FILES = (_SOC, _HLGT, _HLT, _PT, _LLT, _PATHS)
_PATH_PT, _PATH_HLT, _PATH_HLGT, _PATH_SOC, _PRIMARY = 0, 1, 2, 3, 11
_LLT_PT, _CURRENT = 2, 9

_Lines = list[tuple[int, list[str]]]


def is_meddra(folder: Path) -> bool:
    """Tell whether a folder holds MedDRA's files; `read_meddra` tells which are missing."""
    return folder.is_dir() and _named(folder, _LLT.file) is not None


def read_meddra(folder: Path) -> CodeTable:
    """Return the table of all five levels. Raises `intake.source_missing` with every file that is
    not there, and `intake.unreadable`.
    """
    raise_if(
        problem(SOURCE_MISSING, level.file, str(folder))
        for level in _FILES
        if _named(folder, level.file) is None
    )
    defects: list[Defect] = []
    lines = {level.file: _lines(folder, level, defects) for level in _FILES}
    rows = list(_rows(lines, defects))
    return made(
        "MedDRA",
        rows,
        version=_version(folder),
        source=folder,
        part="MedAscii",
        defects=defects,
    )


def _named(folder: Path, name: str) -> Path | None:
    return next((p for p in folder.iterdir() if p.name.lower() == name), None)


def _lines(folder: Path, level: _Level, defects: list[Defect]) -> _Lines:
    """Return the sound lines of a file by number; a line with other fields is a defect."""
    path = _named(folder, level.file)
    found: _Lines = []
    for number, line in enumerate(_text(path).splitlines() if path else (), 1):
        fields = line.split("$")
        if len(fields) == level.fields + 1 and not fields[-1].strip():
            found.append((number, [f.strip() for f in fields[:-1]]))
        elif line.strip():
            defects.append(Defect(level.file, number, BAD_ROW, "", line[:LONGEST_VALUE]))
    return found


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        what, most = _WHAT, f"{LARGEST:,} bytes"
        raise fail(BEYOND_LIMITS, path.stat().st_size, path.name, what=what, most=most)
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise fail(UNREADABLE, path.name, "source", what=_WHAT)


def _rows(lines: Mapping[str, _Lines], defects: list[Defect]) -> Iterator[CodeRow]:
    above = _parents(lines[_PATHS.file])
    preferred = {fields[0] for _, fields in lines[_PT.file]}
    for level in (_SOC, _HLGT, _HLT, _PT):
        for number, fields in lines[level.file]:
            parent = above.get((level.class_id, fields[0]))
            if parent is None and level is not _SOC:
                defects.append(Defect(level.file, number, CODE_ORPHAN, "code", fields[0]))
            yield CodeRow(fields[0], fields[1], number, parent, class_id=level.class_id)
    for number, fields in lines[_LLT.file]:
        if fields[_LLT_PT] not in preferred:
            defects.append(Defect(_LLT.file, number, CODE_ORPHAN, "code", fields[0]))
        if fields[0] != fields[_LLT_PT]:
            retired = None if fields[_CURRENT] == "Y" else "D"
            yield CodeRow(
                fields[0],
                fields[1],
                number,
                fields[_LLT_PT],
                class_id="LLT",
                invalid_reason=retired,
            )


def _parents(paths: _Lines) -> Mapping[tuple[str, str], str]:
    """Return the parent of each term by level and code, a primary path's first."""
    found: dict[tuple[str, str], str] = {}
    primary = sorted(paths, key=lambda path: path[1][_PRIMARY] != "Y")
    for _, fields in primary:
        found.setdefault(("PT", fields[_PATH_PT]), fields[_PATH_HLT])
        found.setdefault(("HLT", fields[_PATH_HLT]), fields[_PATH_HLGT])
        found.setdefault(("HLGT", fields[_PATH_HLGT]), fields[_PATH_SOC])
    return found


def _version(folder: Path) -> str:
    path = _named(folder, _RELEASE)
    return _text(path).partition("$")[0].strip() if path else ""
