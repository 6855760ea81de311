"""Reads Excel workbooks (.xlsx, .xlsm, .xls): each sheet with cells in it is a table.

Values are text, as the workbook holds them: a formula's last result, never evaluated; dates as ISO
8601; what an error cell stood for is a defect of its column. Hidden sheets are read, and said to be
hidden. Options: `header_row` (as Excel counts; found out unless told), `fill_merged` (yes: each of
merged cells has their value; no).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import is_zipfile

import pyarrow as pa
import python_calamine as calamine

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.delimited_dialect import column_names
from qundao.intake.readers.excel_97 import OldBook, OldSheet, OldSheetMetadata, open_old
from qundao.intake.readers.excel_header import LOOKED_AT, Header, Merge, find_header
from qundao.intake.readers.excel_sheets import Reach, is_sheet, parse, parts_by_name, reach
from qundao.intake.readers.excel_values import ERRORS, cell_text
from qundao.intake.readers.office_archive import check_archive, part_blocks
from qundao.intake.readers.options import check_options, one_of, whole_number
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail

_WHAT = "Excel"
_LONGEST_NAME = 255
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How compound files begin ([MS-CFB] 2.2): .xls, and .xlsx with a password."""

_LOOKED_AT = 4_096

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_Errors = Mapping[tuple[int, int], str]
Book = calamine.CalamineWorkbook | OldBook
_Sheet = calamine.CalamineSheet | OldSheet
_Metadata = calamine.SheetMetadata | OldSheetMetadata


def open_file(path: Path, options: dict[str, str], limits: Limits) -> ExcelReader:
    """Open a workbook. Raises `intake.*`; see the module for the options."""
    check_options(options, ("header_row", "fill_merged"))
    header_row = whole_number(options, "header_row")
    fill = one_of(options, "fill_merged", ("yes", "no"), "no") == "yes"
    try:
        book, errors = _opened(path, limits)
    except (calamine.CalamineError, OSError) as error:
        raise fail(codes.UNREADABLE, f"{path.name}: {error}", "source", what=_WHAT) from error
    return ExcelReader(book, errors, header_row, limits, fill=fill)


def _opened(path: Path, limits: Limits) -> tuple[Book, Mapping[str, _Errors]]:
    """Return the workbook and the error cells of each sheet, by what the file is, not its name."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.startswith(_COMPOUND):  # it may have an archive in it, its theme
        old = open_old(path)
        return old, {m.name: old.get_sheet_by_name(m.name).errors for m in old.sheets_metadata}
    if is_zipfile(path):
        errors = _checked(path, limits)
        with _named_as_of_today(path) as named:
            return calamine.CalamineWorkbook.from_path(named), errors
    raise fail(codes.UNREADABLE, f"{path.name}: {_kind(head)}", "source", what=_WHAT)


@contextmanager
def _named_as_of_today(path: Path) -> Iterator[Path]:
    """Give a workbook of today that has another name the one by which its parser is chosen."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        yield path
        return
    with TemporaryDirectory() as folder:
        named = Path(folder) / "book.xlsx"
        named.symlink_to(path.resolve())
        yield named


def _kind(head: bytes) -> str:
    """Say what a file is that only has the name of a workbook, as some systems write them."""
    if head.lstrip().lower().startswith((b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta")):
        return "HTML or XML"
    is_text = b"\0" not in head and (b"\t" in head or b"," in head)
    return "text; format: delimited" if is_text else "–"


def _checked(path: Path, limits: Limits) -> dict[str, _Errors]:
    """Check the archive and its sheets' reach; return the error cells of each sheet."""
    found: dict[str, Reach] = {}
    listing: dict[str, bytes] = {}

    def look(part: str, blocks: Iterator[bytes]) -> None:
        if is_sheet(part):
            found[part] = reach(blocks)
            found[part].check(limits)
            return
        whole = [block for block in blocks if part in (_WORKBOOK, _RELATIONS)]
        listing[part] = b"".join(whole)

    check_archive(path, limits, look)
    errors = {
        part: parse(part_blocks(path, part), limits).errors
        for part, seen in found.items()
        if seen.unusual
    }
    if not errors or _WORKBOOK not in listing:
        return {}
    names = parts_by_name(listing[_WORKBOOK], listing.get(_RELATIONS, b""))
    return {name: errors[part] for name, part in names.items() if part in errors}


@dataclass(frozen=True, slots=True)
class _Layout:
    """A sheet as a table: its header, its columns' places, its merged cells."""

    table: SourceTable
    header: Header
    columns: tuple[int, ...]
    merges: tuple[Merge, ...]


class ExcelReader:
    """A workbook: its sheets are its tables. A sheet is in memory while it is read."""

    def __init__(
        self,
        book: Book,
        errors: Mapping[str, _Errors],
        header_row: int | None,
        limits: Limits,
        *,
        fill: bool,
    ) -> None:
        self._book = book
        self._errors = errors
        self._header_row = header_row
        self._limits = limits
        self._fill = fill
        self._kept: tuple[str, _Sheet] | None = None
        self._closed = False
        self._layouts = self._laid_out()

    def tables(self) -> Sequence[SourceTable]:
        """Return the sheets that hold anything, in the workbook's order."""
        return tuple(layout.table for layout in self._layouts.values())

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield a sheet's rows; a row without any value is none."""
        layout = self._layouts[table_named(self.tables(), table).name]
        numbered = self._rows(layout, report)
        while some := list(islice(numbered, rows)):
            yield _batch(layout.table.schema(), some)

    def close(self) -> None:
        """Let go of the file."""
        self._kept = None
        if not self._closed:
            self._book.close()
        self._closed = True

    def _laid_out(self) -> dict[str, _Layout]:
        sheets = [
            sheet
            for sheet in self._book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        if len(sheets) > self._limits.tables:
            most = self._limits.tables
            raise fail(codes.BEYOND_LIMITS, len(sheets), "source", what="sheets", most=most)
        for sheet in sheets:
            if len(sheet.name) > _LONGEST_NAME or not sheet.name.isprintable():
                shown = sheet.name[:60].encode("unicode_escape").decode()
                raise fail(codes.HOSTILE, shown, "source", what="control characters in names")
        layouts = ((sheet.name, self._layout(sheet)) for sheet in sheets)
        return {name: layout for name, layout in layouts if layout is not None}

    def _sheet(self, name: str) -> _Sheet:
        """Return a sheet; the last one asked for is kept, for it takes long to read."""
        if self._kept is None or self._kept[0] != name:
            self._kept = None  # let go of it before the next is in memory
            self._kept = name, self._loaded(name)
        return self._kept[1]

    def _loaded(self, name: str) -> _Sheet:
        try:
            return self._book.get_sheet_by_name(name)
        except calamine.CalamineError as error:
            raise fail(codes.UNREADABLE, f"{name}: {error}", "source", what=_WHAT) from error

    def _layout(self, metadata: _Metadata) -> _Layout | None:
        sheet = self._sheet(metadata.name)
        if sheet.start is None or sheet.end is None:
            return None
        if sheet.end[1] >= self._limits.columns:
            most = self._limits.columns
            raise fail(codes.BEYOND_LIMITS, sheet.end[1] + 1, "source", what="columns", most=most)
        merges = tuple(sheet.merged_cell_ranges or ())
        told = self._header_row - 1 if self._header_row else None
        head = sheet.to_python(skip_empty_area=False, nrows=max(LOOKED_AT, (told or 0) + 10))
        header = find_header(head, merges, told)
        if header is None and told is None:
            return None  # nothing but empty texts
        if header is None:
            received = f"header_row={self._header_row} ({metadata.name})"
            allowed = f"header_row <= {sheet.end[0] + 1}"
            raise fail(codes.UNKNOWN_OPTION, received, "options", allowed=allowed)
        return _table(metadata, header, merges, sheet, head)

    def _rows(self, layout: _Layout, report: Report) -> Iterator[tuple[int, list[str | None]]]:
        name = layout.table.name
        errors = self._errors.get(name, {})
        fill = _Fill(layout.merges, layout.header.last) if self._fill else None
        sheet = self._sheet(name)
        before: list[Any] = [""] * (sheet.start[1] if sheet.start else 0)  # left out by the library
        for number, row in enumerate(sheet.iter_rows()):
            if number <= layout.header.last:
                continue
            values = [*before, *row]
            if fill:
                values = fill.filled(number, values)
            texts = [cell_text(values[c]) if c < len(values) else None for c in layout.columns]
            at_fault = self._at_fault(layout, number, texts, errors)
            for column, value in at_fault.items():
                texts[column] = None
                label = layout.table.columns[column].name
                report(Defect(name, number + 1, codes.BAD_VALUE, label, value[:LONGEST_VALUE]))
            if at_fault or any(text is not None for text in texts):
                yield number + 1, texts

    def _at_fault(
        self, layout: _Layout, number: int, texts: Sequence[str | None], errors: _Errors
    ) -> dict[int, str]:
        """Return the error cells of a row by their column's position."""
        found = {i: text for i, text in enumerate(texts) if text in ERRORS}
        if errors:
            cells = enumerate(layout.columns)
            found |= {i: errors[number, c] for i, c in cells if (number, c) in errors}
        return found


def _table(
    metadata: _Metadata,
    header: Header,
    merges: tuple[Merge, ...],
    sheet: _Sheet,
    head: Sequence[Sequence[Any]],
) -> _Layout:
    assert sheet.start is not None
    columns = tuple(range(sheet.start[1], len(header.texts)))
    names = column_names([header.texts[c] for c in columns])
    notes = [" ".join(filter(None, map(cell_text, row))) for row in head[: header.first]]
    facts = {
        "hidden": metadata.visible != calamine.SheetVisibleEnum.Visible,
        "header_rows": [header.first + 1, header.last + 1],
        "notes": [note for note in notes if note],
    }
    named = tuple(SourceColumn(name, pa.string()) for name in names)
    return _Layout(SourceTable(metadata.name, named, facts=facts), header, columns, merges)


class _Fill:
    """Repeats the value of merged cells in each of them, rows given in order."""

    def __init__(self, merges: Sequence[Merge], header: int) -> None:
        below = (merge for merge in merges if merge[0][0] > header)
        self._waiting = sorted(below, reverse=True)
        self._active: list[tuple[Merge, Any]] = []

    def filled(self, number: int, row: list[Any]) -> list[Any]:
        """Return the row with its merged cells filled."""
        while self._waiting and self._waiting[-1][0][0] <= number:
            merge = self._waiting.pop()
            column = merge[0][1]
            self._active.append((merge, row[column] if column < len(row) else ""))
        self._active = [(m, value) for m, value in self._active if m[1][0] >= number]
        for ((_, left), (_, right)), value in self._active:
            span = slice(left, min(right + 1, len(row)))
            row[span] = [value] * len(row[span])
        return row


def _batch(schema: pa.Schema, rows: Sequence[tuple[int, list[str | None]]]) -> pa.RecordBatch:
    columns = zip(*(texts for _, texts in rows), strict=True)
    arrays = [pa.array(values, pa.string()) for values in columns]
    places = pa.array([place for place, _ in rows], pa.int64())
    return pa.record_batch([*arrays, places], schema=schema)
