"""Writes the tables as sheets of one workbook, with notes above them and merged headers.

Each sheet: three lines of notes, the groups of columns (merged over their columns), the columns'
names, then the rows. Dates and numbers that are written plainly are Excel's own; the others stay
the text that somebody typed.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from qundao.intake.synthetic.columns import COLUMNS, GROUPS, Sort, sort_of
from qundao.intake.synthetic.items import INSTITUTION
from qundao.intake.synthetic.row import Row

HEADER_ROW = 5
"""The row of the columns' names, as Excel numbers rows; the groups stand one above."""

_NOTES = ("{table}（合成数据 synthetic）", "导出单位：{place}", "说明：仅供测试；金额单位：元")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?$")
_LAST_ROW = 1_048_576


class Workbook:
    """All tables in one file. A table longer than a sheet goes on in the next one."""

    def __init__(self, path: Path) -> None:
        # Loaded here so that only those who write a workbook need the package.
        self._openpyxl: Any = import_module("openpyxl")
        self._path = path
        self._book = self._openpyxl.Workbook(write_only=True)
        self._sheets = {table: _Sheet(self._openpyxl, self._book, table) for table in COLUMNS}

    def write(self, row: Row) -> tuple[str, int]:
        """Write a row; return its sheet and its row there."""
        sheet = self._sheets[row.table]
        if sheet.row >= _LAST_ROW:
            part = sheet.part + 1
            sheet = self._sheets[row.table] = _Sheet(self._openpyxl, self._book, row.table, part)
        return sheet.name, sheet.write(row)

    def close(self) -> None:
        """Save the file."""
        self._book.save(self._path)


class _Sheet:
    def __init__(self, openpyxl: Any, book: Any, table: str, part: int = 1) -> None:
        self.name = table if part == 1 else f"{table}_{part}"
        self.part, self.row = part, HEADER_ROW
        self._sheet = book.create_sheet(self.name)
        self._sorts = [(c, sort_of(c)) for c in COLUMNS[table]]
        self._head(openpyxl, table)

    def write(self, row: Row) -> int:
        self._sheet.append([_native(row.cells[c], sort) for c, sort in self._sorts])
        self.row += 1
        return self.row

    def _head(self, openpyxl: Any, table: str) -> None:
        for note in _NOTES:
            self._sheet.append([note.format(table=table, place=INSTITUTION)])
        groups: list[str | None] = []
        for group, columns in GROUPS[table].items():
            self._merge(openpyxl, len(groups) + 1, len(groups) + len(columns))
            groups += [group, *[None] * (len(columns) - 1)]
        self._sheet.append(groups)
        self._sheet.append([c for c, _ in self._sorts])

    def _merge(self, openpyxl: Any, first: int, last: int) -> None:
        row = HEADER_ROW - 1
        cells = openpyxl.worksheet.cell_range.CellRange(
            min_col=first, max_col=last, min_row=row, max_row=row
        )
        self._sheet.merged_cells.add(cells)


def _native(text: str, sort: Sort) -> str | float | date | None:
    if not text:
        return None
    if sort is Sort.NUMBER and _PLAIN_NUMBER.match(text):
        return float(text) if "." in text else int(text)
    try:
        if sort is Sort.DATE and _ISO_DAY.match(text):
            return date.fromisoformat(text)
        if sort is Sort.MOMENT and _ISO_MOMENT.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        return text  # an impossible day stays what somebody typed
    if sort is not Sort.TEXT and _PLAIN_NUMBER.match(text) and float(text) < 100_000:
        return float(text)  # a day as Excel's serial number
    return text
