"""Writes a table as delimited text, with lines that are ragged or break inside a character."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qundao.intake.synthetic.columns import COLUMNS
from qundao.intake.synthetic.kinds import BROKEN, RAGGED
from qundao.intake.synthetic.row import Row

_QUOTED = frozenset(',"\r\n')


class DelimitedFile:
    """One table in one file: comma, quotes where needed, a header, then a line for each row.

    `encoding` is gb18030 or utf-8-sig; `end` the line's end.
    """

    def __init__(self, path: Path, table: str, encoding: str, end: str) -> None:
        self._encoding = encoding.removesuffix("-sig")
        self._end = end.encode()
        self._columns = COLUMNS[table]
        self._line = 1
        self._file = path.open("wb")
        if encoding.endswith("-sig"):
            self._file.write("\ufeff".encode())
        self._put(self._encoded(self._columns))

    def write(self, row: Row) -> int:
        """Write a row; return the physical line on which it begins."""
        cells = [row.cells[c] for c in self._columns]
        if row.kind == RAGGED:
            cells.insert(3, "多出的一列")
        if row.kind != BROKEN:
            return self._put(self._encoded(cells))
        parts = [_cell(c).encode(self._encoding) for c in cells]
        at = self._columns.index(row.column)
        parts[at] = parts[at][:-1]
        return self._put(b",".join(parts))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _encoded(self, cells: Sequence[str]) -> bytes:
        return ",".join(map(_cell, cells)).encode(self._encoding)

    def _put(self, record: bytes) -> int:
        begun = self._line
        self._line += record.count(b"\n") + 1
        self._file.write(record + self._end)
        return begun


def _cell(text: str) -> str:
    if _QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
