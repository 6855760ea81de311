"""Reads sas7bdat data sets through pyreadstat (the extra `sas`), part by part.

The format is SAS's own and not published; every numeric column may say why a value is missing
(`.A` to `.Z`, `._`; the plain `.` where nothing more is told).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.options import check_options, checked_encoding
from qundao.intake.readers.sas_formats import type_of, typed
from qundao.intake.source import Defect, Report, SourceColumn, SourceTable, table_named
from qundao.kernel.errors import QundaoError, fail

_OPTIONS = {"encoding": "of the texts (else what the file says)"}
_CELLS = 4_000_000
"""Read at a time: each call walks the pages before its rows, so that few calls are better."""


def open_file(path: Path, options: dict[str, str], limits: Limits) -> Sas7bdatReader:
    """Open a data set. Option `encoding`. Raises `intake.*`, `intake.driver_missing`."""
    check_options(options, _OPTIONS)
    encoding = options.get("encoding", "")
    return Sas7bdatReader(path, checked_encoding(encoding) if encoding else None, limits)


class Sas7bdatReader:
    """An open sas7bdat file: one table. See `qundao.intake.source.Reader`."""

    def __init__(self, path: Path, encoding: str | None, limits: Limits) -> None:
        self._path, self._encoding, self._limits = path, encoding, limits
        self._pyreadstat = _pyreadstat()

    def tables(self) -> Sequence[SourceTable]:
        """Return the file's one table."""
        return (self._table,)

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        table_named(self.tables(), table)
        step = max(rows, _CELLS // max(1, len(self._table.columns)))
        declared, read = self._table.rows or 0, 0
        for first in range(0, declared, step):
            data, _ = self._read(row_offset=first, row_limit=step)
            batch = self._batch(data, first + 1, report)
            read += batch.num_rows
            for begin in range(0, batch.num_rows, rows):
                yield batch.slice(begin, rows)
        if read != declared:
            raise self._unreadable(f"{read} of {declared} rows")

    def close(self) -> None:
        """Do nothing: the file is open only while rows are read."""

    @cached_property
    def _table(self) -> SourceTable:
        _, told = self._read(metadataonly=True)
        if len(told.column_names) > self._limits.columns:
            most, held = self._limits.columns, len(told.column_names)
            raise fail(codes.BEYOND_LIMITS, held, str(self._path), what="columns", most=most)
        columns = tuple(_column(name, told) for name in told.column_names)
        facts = {"encoding": told.file_encoding}
        name = told.table_name or self._path.stem
        return SourceTable(name, columns, told.file_label or "", told.number_rows, facts)

    def _read(self, **options: Any) -> tuple[dict[str, Any], Any]:
        try:
            read: tuple[dict[str, Any], Any] = self._pyreadstat.read_sas7bdat(
                str(self._path),
                encoding=self._encoding,
                output_format="dict",
                user_missing=True,
                disable_datetime_conversion=True,
                **options,
            )
        except (
            self._pyreadstat.ReadstatError,
            self._pyreadstat.PyreadstatError,
            ValueError,
        ) as error:
            raise self._unreadable(str(error)) from error
        return read

    def _unreadable(self, received: str) -> QundaoError:
        return fail(codes.UNREADABLE, received, str(self._path), what="SAS data set (sas7bdat)")

    def _batch(self, data: dict[str, Any], first: int, report: Report) -> pa.RecordBatch:
        arrays: list[pa.Array] = []
        count = 0
        for column in self._table.columns:
            cells = data[column.name]
            count = len(cells)
            if column.type == pa.string():
                arrays.append(pa.array([cell or None for cell in cells], pa.string()))
            else:
                arrays += _numbers(self._table.name, column, cells, first, report)
        place = pa.array(np.arange(first, first + count, dtype=np.int64))
        return pa.RecordBatch.from_arrays([*arrays, place], schema=self._table.schema())


def _pyreadstat() -> Any:
    try:
        import pyreadstat
    except ImportError as error:
        raise fail(codes.DRIVER_MISSING, "sas7bdat", "source", driver="pyreadstat") from error
    return pyreadstat


def _column(name: str, told: Any) -> SourceColumn:
    format_ = told.original_variable_types.get(name) or ""
    text = told.readstat_variable_types[name] == "string"
    return SourceColumn(
        name=name,
        type=pa.string() if text else type_of(format_),
        label=told.column_names_to_labels.get(name) or "",
        reasons=not text,
        facts={"length": told.variable_storage_width.get(name), "format": format_},
    )


def _numbers(
    table: str, column: SourceColumn, cells: Sequence[Any], first: int, report: Report
) -> list[pa.Array]:
    """Return a column's numbers and why they are missing: `.`, or the letter after a dot."""
    reasons = [_reason(cell) for cell in cells]
    present = np.array([reason is None for reason in reasons], bool)
    held = zip(cells, reasons, strict=True)
    values = np.array([0.0 if reason else cell for cell, reason in held], np.float64)
    array, bad = typed(values, present, column.type)
    for row in np.flatnonzero(bad):
        shown = repr(float(values[row]))
        report(Defect(table, first + int(row), codes.BAD_VALUE, column.name, shown))
    return [array, pa.array(reasons, pa.string())]


def _reason(cell: Any) -> str | None:
    if isinstance(cell, str):
        return f".{cell}"
    return "." if cell is None or np.isnan(cell) else None
