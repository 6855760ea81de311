"""Opens workbooks of Excel 97 to 2003 (.xls) as `excel` reads them, told by a confined process.

What the process tells is kept in a file without a name, so that nothing of it lies about, however
this process ends. Damage that makes the parser take memory or time without end, or crash, ends the
other process and is `intake.unreadable` or `intake.beyond_limits` here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import python_calamine as calamine

from qundao.intake import codes
from qundao.intake.readers.excel_header import Merge
from qundao.kernel.errors import QundaoError, fail

_PROGRAM = Path(__file__).with_name("excel_97_cells.py")
_MEMORY, _SECONDS, _WRITTEN = 3 * 2**30, 300, 2 * 2**30
_NEEDED = ("PATH", "LD_LIBRARY_PATH")
_WHAT = "Excel 97"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The stream of a locked workbook of today ([MS-OFFCRYPTO] 2.3.4.4)."""

_OPEN = "Book".encode("utf-16-le"), "Workbook".encode("utf-16-le")
"""The stream of a workbook of Excel 95, and of 97 to 2003, which may say anything in its cells."""

_PASSWORD = "password protected"  # noqa: S105 - what the parser says
_LOOKED_AT = 64 * 2**20
_ROW = b"["
"""How the line of a row begins; that of anything else is an object."""

_TIMES: Mapping[str, Any] = MappingProxyType(
    {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "timedelta": lambda seconds: timedelta(seconds=seconds),
    }
)


@dataclass(frozen=True, slots=True)
class OldSheetMetadata:
    """What the list of sheets says of one."""

    name: str
    visible: calamine.SheetVisibleEnum

    @property
    def typ(self) -> calamine.SheetTypeEnum:
        """Return that it is a worksheet: no others are told of."""
        return calamine.SheetTypeEnum.WorkSheet


@dataclass(frozen=True, slots=True)
class OldSheet:
    """A sheet, its cells told from a file: extent (row, column; from 0), merged cells, rows."""

    start: tuple[int, int] | None
    end: tuple[int, int] | None
    merged_cell_ranges: list[Merge]
    errors: Mapping[tuple[int, int], str]
    told: IO[bytes]
    place: int

    def iter_rows(self) -> Iterator[list[Any]]:
        """Yield the rows from the first of the sheet, each from the first column that is used."""
        if self.start is None or self.end is None:
            return
        width, place = self.end[1] - self.start[1] + 1, self.place
        while True:
            self.told.seek(place)  # others may have read elsewhere meanwhile
            line = self.told.readline()
            if not line.startswith(_ROW):
                return
            place += len(line)
            row = [_value(v) for v in json.loads(line)]
            yield row + [""] * (width - len(row))

    def to_python(self, *, skip_empty_area: bool = False, nrows: int) -> list[list[Any]]:
        """Return the first rows, from the first column of the sheet unless that is skipped."""
        before = [""] * (self.start[1] if self.start and not skip_empty_area else 0)
        return [[*before, *row] for row in islice(self.iter_rows(), nrows)]


_Told = tuple[OldSheetMetadata, OldSheet]


class OldBook:
    """A workbook, told whole."""

    def __init__(self, told: IO[bytes], sheets: Mapping[str, _Told]) -> None:
        self._told, self._sheets = told, sheets

    @property
    def sheets_metadata(self) -> list[OldSheetMetadata]:
        """Return the worksheets, in their order."""
        return [metadata for metadata, _ in self._sheets.values()]

    def get_sheet_by_name(self, name: str) -> OldSheet:
        """Return a sheet."""
        return self._sheets[name][1]

    def close(self) -> None:
        """Let go of what was told."""
        self._told.close()


def open_old(path: Path) -> OldBook:
    """Have a workbook told. Raises `intake.locked_workbook`, `.unreadable`, `.beyond_limits`."""
    if _is_locked(path):
        raise fail(codes.LOCKED_WORKBOOK, path.name, "source")
    told = tempfile.TemporaryFile()  # noqa: SIM115 - the book closes it
    try:
        _run(path, told)
        return OldBook(told, dict(_sheets(path, told)))
    except BaseException:
        told.close()
        raise


def _is_locked(path: Path) -> bool:
    """Tell whether it is a workbook of today with a password, which has the same outer form."""
    with path.open("rb") as file:
        held = file.read(_LOOKED_AT)
    return _LOCKED in held and not any(name in held for name in _OPEN)


def _run(path: Path, told: IO[bytes]) -> None:
    """Let the other process write what it finds. Raises how that came to nothing."""
    limits = map(str, (_MEMORY, _SECONDS, _WRITTEN))
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-I", str(_PROGRAM), str(path.resolve()), *limits],
        stdin=subprocess.DEVNULL,
        stdout=told,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _NEEDED if name in os.environ},
        check=False,
    )
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        what = {"what": "seconds", "most": _SECONDS}
        raise fail(codes.BEYOND_LIMITS, path.name, "source", **what)
    if told.seek(0, os.SEEK_END) >= _WRITTEN:
        what = {"what": "bytes of cells", "most": _WRITTEN}
        raise fail(codes.BEYOND_LIMITS, path.name, "source", **what)
    if done.returncode:
        raise _unreadable(path, f"the parser ended with {done.returncode}")


def _sheets(path: Path, told: IO[bytes]) -> Iterator[tuple[str, _Told]]:
    """Find the sheets in what was told. Raises what was wrong with the workbook."""
    told.seek(0)
    whole = False
    while line := told.readline():
        if line.startswith(_ROW):
            continue
        about = json.loads(line)
        if _PASSWORD in about.get("wrong", ""):
            raise fail(codes.LOCKED_WORKBOOK, path.name, "source")
        if "wrong" in about:
            raise _unreadable(path, about["wrong"])
        whole = "told" in about
        if not whole:
            yield about["sheet"], _sheet(about, told)
    if not whole:
        raise _unreadable(path, "the parser did not come to an end")


def _sheet(about: Mapping[str, Any], told: IO[bytes]) -> _Told:
    seen = calamine.SheetVisibleEnum
    start, end = (tuple(at) if at else None for at in (about["start"], about["end"]))
    merges = [(tuple(first), tuple(last)) for first, last in about["merges"]]
    errors = {(row, column): text for row, column, text in about["errors"]}
    shown = seen.Hidden if about["hidden"] else seen.Visible
    sheet = OldSheet(start, end, merges, errors, told, told.tell())
    return OldSheetMetadata(about["sheet"], shown), sheet


def _value(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    ((kind, value),) = told.items()
    return _TIMES[kind](value)


def _unreadable(path: Path, why: str) -> QundaoError:
    return fail(codes.UNREADABLE, f"{path.name}: {why}", "source", what=_WHAT)
