"""Whole sources as Arrow tables, to be laid out on another engine; and the same, damaged."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from qundao.engines import open_engine

_WRONG = {"string": ("", "?!", "2020-13-45"), "number": (-1, 0, 99_999_999)}


def parquet_tables(folder: Path) -> dict[str, pa.Table]:
    """Return every table of a folder of Parquet files."""
    return {f.stem: pq.read_table(f) for f in sorted(folder.glob("*.parquet"))}


def duckdb_tables(file: Path) -> dict[str, pa.Table]:
    """Return every table of a DuckDB file."""
    with open_engine(f"duckdb:{file}") as engine:
        return {t: engine.query(exp.select("*").from_(t)) for t in engine.schema}


def damaged(table: pa.Table, every: int = 7) -> pa.Table:
    """Return a table with its first row twice and, in each column, some values wrong or gone.

    Which is told by the places of row and column alone, so that every engine gets the same.
    """
    columns = [
        pa.array(_damaged(column, i, every), _common(field.type))
        for i, (column, field) in enumerate(zip(table.columns, table.schema, strict=True))
    ]
    whole = pa.Table.from_arrays(columns, names=[n.lower() for n in table.column_names])
    return pa.concat_tables([whole, whole.slice(0, 1)])


def _common(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(type_) or pa.types.is_null(type_):
        return pa.string()
    return pa.timestamp("us") if pa.types.is_timestamp(type_) else type_


def _damaged(column: pa.ChunkedArray, place: int, every: int) -> list[object]:
    values = column.to_pylist()
    wrong = _wrong(column.type)
    for step, row in enumerate(range(place % every, len(values), every * 3)):
        values[row] = wrong[step % len(wrong)]
    return values


def _wrong(type_: pa.DataType) -> tuple[object, ...]:
    if pa.types.is_temporal(type_):
        days = pa.array([-719_162, 20_000, 2_932_896], pa.int32()).cast(pa.date32())
        return (None, *days.cast(type_).to_pylist())
    kind = "string" if pa.types.is_string(_common(type_)) else "number"
    return (None, *_WRONG[kind])
