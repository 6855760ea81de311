"""Reads Parquet by row group, each column in its own type; nested values are given as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.options import check_options
from qundao.intake.source import (
    PLACE,
    REASON_SUFFIX,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import QundaoError, fail

_WHAT = "Parquet"
_ADDED = "_"


def open_file(path: Path, options: dict[str, str], limits: Limits) -> ParquetReader:
    """Open a Parquet file, which is one table named as the file. Raises `intake.*`."""
    check_options(options, ())
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    if len(schema) > limits.columns:
        file.close()
        raise fail(codes.BEYOND_LIMITS, len(schema), "source", what="columns", most=limits.columns)
    return ParquetReader(path, file)


class ParquetReader:
    """A Parquet file; no more than a part of one row group is in memory."""

    def __init__(self, path: Path, file: pq.ParquetFile) -> None:
        self._path = path
        self._file = file
        names = _names(file.schema_arrow.names)
        columns = tuple(map(_column, names, file.schema_arrow))
        facts = {"row_groups": file.num_row_groups, "made_by": file.metadata.created_by or ""}
        self._table = SourceTable(path.stem, columns, rows=file.metadata.num_rows, facts=facts)

    def tables(self) -> Sequence[SourceTable]:
        """Return the one table."""
        return (self._table,)

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:  # noqa: ARG002 (a typed file has no bad rows: it is whole or not)
        """Yield the rows, row group after row group. Raises `intake.unreadable`."""
        table_named(self.tables(), table)
        schema, place = self._table.schema(), 1
        try:
            for batch in self._file.iter_batches(rows):
                columns = map(_converted, batch.columns, schema.types[:-1])
                places = pa.array(range(place, place + len(batch)), pa.int64())
                place += len(batch)
                yield pa.record_batch([*columns, places], schema=schema)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _unreadable(path: Path, error: Exception) -> QundaoError:
    return fail(codes.UNREADABLE, f"{path.name}: {error}", "source", what=_WHAT)


def _names(names: Sequence[str]) -> list[str]:
    """Return the names, each once, none of them that of a column which the port adds."""
    taken: list[str] = []
    for name in names:
        free = name
        while free in taken or free == PLACE or free.endswith(REASON_SUFFIX):
            free += _ADDED
        taken.append(free)
    return taken


def _column(name: str, field: pa.Field) -> SourceColumn:
    nested = pa.types.is_nested(field.type)
    facts = {"nested": str(field.type)} if nested else {}
    return SourceColumn(name, pa.string() if nested else _plain(field.type), facts=facts)


def _plain(type_: pa.DataType) -> pa.DataType:
    """Return the type of the values themselves, however they are kept."""
    if pa.types.is_dictionary(type_):
        return _plain(type_.value_type)
    if pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return pa.string()
    return pa.string() if pa.types.is_null(type_) else type_


def _converted(values: pa.Array, type_: pa.DataType) -> pa.Array:
    if pa.types.is_nested(values.type):
        return pa.array([_json(v) for v in values.to_pylist()], pa.string())
    return values if values.type == type_ else values.cast(type_)


def _json(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_text)


def _text(value: Any) -> str:
    """Return what JSON has no notation for: dates as ISO, bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
