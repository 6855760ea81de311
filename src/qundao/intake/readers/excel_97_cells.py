"""Tells the cells of a workbook of Excel 97 to 2003, in a process of its own that may come to harm.

A damaged workbook of that age can make its parser take all memory there is, or end the process. So
this file runs as a program, without any of our other modules, under limits that it sets itself
(`excel_97` starts it). It writes lines of JSON: of each sheet its name and extent, then its rows;
at last that all is told, or what is wrong. What an error cell stood for is found in the records of
the file ([MS-XLS] 2.4): the parser leaves such cells empty.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TextIO

import python_calamine as calamine

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""[MS-XLS] 2.5.10 BErr."""

_FORMULA, _EOF, _SHEET, _BOOL_OR_ERROR, _BEGIN = 0x0006, 0x000A, 0x0085, 0x0205, 0x0809
_WORKSHEET = 0
_FREE, _HEADER, _ENTRY, _MINI = 0xFFFFFFFA, 512, 128, 64
"""Sectors from this number on are none; bytes of the header, an entry, a small sector."""


def tell(path: Path, out: TextIO) -> None:
    """Write what the worksheets hold. Raises whatever the parser does."""
    book = calamine.CalamineWorkbook.from_path(path)
    errors = list(_errors(_stream(path.read_bytes())))
    sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    for number, metadata in enumerate(sheets):
        sheet = book.get_sheet_by_name(metadata.name)
        about = {
            "sheet": metadata.name,
            "hidden": metadata.visible != calamine.SheetVisibleEnum.Visible,
            "start": sheet.start,
            "end": sheet.end,
            "merges": sheet.merged_cell_ranges or [],
            "errors": errors[number] if len(errors) == len(sheets) else [],
        }
        _line(about, out)
        for row in sheet.iter_rows() if sheet.start is not None else ():
            _line(_trimmed([_told(value) for value in row]), out)
    _line({"told": len(sheets)}, out)


def _told(value: Any) -> Any:
    """Return a value as JSON has it, times with what they are."""
    if isinstance(value, datetime | date | time):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, timedelta):
        return {"timedelta": value.total_seconds()}
    return value


def _trimmed(row: list[Any]) -> list[Any]:
    """Return a row without the empty cells at its end: sheets may be wide and hold little."""
    while row and row[-1] == "":
        row.pop()
    return row


def _line(told: Any, out: TextIO) -> None:
    out.write(json.dumps(told, ensure_ascii=True, separators=(",", ":")) + "\n")


# --- the records ------------------------------------------------------------------------------


def _errors(stream: bytes) -> Iterator[list[tuple[int, int, str]]]:
    """Yield of each worksheet its error cells: row and column from 0, and what they show."""
    for kind, body in _records(stream, 0):
        if kind == _SHEET and len(body) >= 6 and body[5] == _WORKSHEET:
            yield list(_of_sheet(stream, struct.unpack_from("<I", body)[0]))


def _of_sheet(stream: bytes, at: int) -> Iterator[tuple[int, int, str]]:
    for kind, body in _records(stream, at):
        if kind == _BOOL_OR_ERROR and len(body) >= 8 and body[7]:
            yield *struct.unpack_from("<HH", body), _ERRORS.get(body[6], "#N/A")
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            yield *struct.unpack_from("<HH", body), _ERRORS.get(body[8], "#N/A")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a substream, charts within it left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _EOF)
        if depth <= 1:
            yield kind, stream[at + 4 : at + 4 + size]
        if depth <= 0:
            return
        at += 4 + size


# --- the compound file ([MS-CFB] 2) -----------------------------------------------------------


def _stream(held: bytes) -> bytes:
    """Return the stream of the workbook; nothing where the file is not as it should be."""
    try:
        return _Compound(held).workbook()
    except (struct.error, IndexError, ValueError):
        return b""


class _Compound:
    """A file of sectors, chained by tables."""

    def __init__(self, held: bytes) -> None:
        self._held = held
        self._shift = struct.unpack_from("<H", held, 30)[0]
        if self._shift not in (9, 12):
            raise ValueError(self._shift)
        listed = list(struct.unpack_from("<109I", held, 76))
        further, each = struct.unpack_from("<I", held, 68)[0], (1 << self._shift) // 4
        while further < _FREE and len(listed) * 4 <= len(held):
            *more, further = struct.unpack(f"<{each}I", self._sector(further))
            listed += more
        self._table = self._numbers(b"".join(self._sector(n) for n in listed if n < _FREE))
        self._directory = self._chained(struct.unpack_from("<I", held, 48)[0])

    def workbook(self) -> bytes:
        """Return the stream of that name."""
        cutoff, small = struct.unpack_from("<II", self._held, 56)
        for at in range(0, len(self._directory) - _ENTRY + 1, _ENTRY):
            length = struct.unpack_from("<H", self._directory, at + 64)[0]
            name = self._directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
            if name not in ("Workbook", "Book"):
                continue
            first, size = struct.unpack_from("<II", self._directory, at + 116)
            if size >= cutoff:
                return self._chained(first)[:size]
            lying = self._chained(struct.unpack_from("<I", self._directory, 116)[0])
            numbers = self._chain(first, self._numbers(self._chained(small)))
            return b"".join(lying[n * _MINI : (n + 1) * _MINI] for n in numbers)[:size]
        return b""

    def _sector(self, number: int) -> bytes:
        at = max(_HEADER, 1 << self._shift) + (number << self._shift)
        return self._held[at : at + (1 << self._shift)]

    def _chained(self, first: int) -> bytes:
        return b"".join(map(self._sector, self._chain(first, self._table)))

    @staticmethod
    def _numbers(told: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(told) // 4}I", told[: len(told) // 4 * 4])

    @staticmethod
    def _chain(first: int, table: tuple[int, ...]) -> Iterator[int]:
        """Yield the sectors of a chain; one that goes round ends."""
        for _ in table:
            if first >= _FREE:
                return
            yield first
            first = table[first]


# --- the process ------------------------------------------------------------------------------


def _confine(memory: int, seconds: int, written: int) -> None:
    """Set what this process may use; what goes beyond ends it, and it alone."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Tell the workbook of the first argument; the others are bytes, seconds, bytes written."""
    _confine(*map(int, sys.argv[2:5]))
    with open(sys.stdout.fileno(), "w", encoding="ascii", closefd=False) as out:
        try:
            tell(Path(sys.argv[1]), out)
        except calamine.CalamineError as error:
            _line({"wrong": f"{error}"[:500]}, out)


if __name__ == "__main__":
    main()
