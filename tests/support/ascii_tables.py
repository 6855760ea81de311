"""Small databases written as ASCII tables, for tests that read like a manual.

    person_id | condition_concept_id | condition_start_date
    1         | 10                   | 2020-01-31

Values are read by the type that the standard model declares for the column; an empty cell is
null, a column that is not written is null, a table that is not written is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from qundao import models
from qundao.engines import DuckEngine, EngineOptions, MemoryEngine
from qundao.engines.duck import Source, connect, seal
from qundao.models import Field, Kind, Model
from support.spark_data import NEEDS_SPARK, spark_engine

if TYPE_CHECKING:
    from qundao.engines.postgresql import PostgreSQLEngine

_READ = {
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.TEXT: str,
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
}
_ARROW = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us"),
}


def database(
    text: Mapping[str, str], model: Model | None = None, *, all_concepts: bool = True
) -> dict[str, pa.Table]:
    """Return every table of the model (OMOP 5.3) with the rows that `text` gives.

    With `all_concepts`, each concept id in the rows is known to the vocabulary as valid.
    """
    model = model or models.omop("5.3")
    unknown = set(text) - set(model.names)
    assert not unknown, f"no such table: {unknown}"
    rows = {name: _rows(model, name, table) for name, table in text.items()}
    if all_concepts and "concept" in model and "concept" not in rows:
        rows["concept"] = [{"concept_id": c} for c in sorted(_concepts(rows))]
    return arrow_tables(rows, model)


def arrow_tables(rows: Mapping[str, list[dict[str, object]]], model: Model) -> dict[str, pa.Table]:
    """Return every table of the model with the rows given; a column not given is null."""
    return {t.name: _arrow(t.fields, rows.get(t.name, [])) for t in model.tables}


def _rows(model: Model, name: str, text: str) -> list[dict[str, object]]:
    header, *lines = [line for line in text.strip().splitlines() if line.strip()]
    columns = [c.strip() for c in header.split("|")]
    rows = []
    for line in lines:
        cells = [c.strip() for c in line.split("|")]
        assert len(cells) == len(columns), f"{name}: {line!r}"
        rows.append({c: _value(model[name][c], v) for c, v in zip(columns, cells, strict=True)})
    return rows


def _value(field: Field, cell: str) -> object:
    return None if cell == "" else _READ[field.kind](cell)


def _concepts(rows: Mapping[str, list[dict[str, object]]]) -> set[object]:
    named = {v for table in rows.values() for r in table for c, v in r.items() if "concept_id" in c}
    return named - {None}


def _arrow(fields: tuple[Field, ...], rows: list[dict[str, object]]) -> pa.Table:
    schema = pa.schema([pa.field(f.name, _ARROW[f.kind]) for f in fields])
    return pa.Table.from_pylist(rows, schema=schema)


def duckdb_engine(tables: Mapping[str, pa.Table], change: str = "") -> DuckEngine:
    """Return a sealed DuckDB engine over Arrow tables, after a statement that changes them."""
    folder = Path(mkdtemp(prefix="qundao-test-"))
    connection = connect(EngineOptions(memory_mb=512, threads=1), folder)
    connection.execute(";".join(_created(n, t) for n, t in tables.items())).fetchall()
    for name, table in tables.items():
        if len(table):
            connection.register("given", table)
            connection.execute(f'INSERT INTO "{name}" SELECT * FROM given').fetchall()
            connection.unregister("given")
    if change:
        connection.execute(change).fetchall()
    seal(connection, ())
    return DuckEngine(connection, Source("test", "arrow", lambda: True), folder)


_DUCKDB = {
    pa.bool_(): "BOOLEAN",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
}


def _created(name: str, table: pa.Table) -> str:
    columns = ", ".join(f'"{f.name}" {_DUCKDB[f.type]}' for f in table.schema)
    return f'CREATE TABLE "{name}" ({columns})'


def postgresql_engine(tables: Mapping[str, pa.Table]) -> PostgreSQLEngine:
    """Return an engine over a PostgreSQL schema that holds the tables until it is closed."""
    from support.postgresql_data import EngineOfItsOwn

    return EngineOfItsOwn(tables)


ENGINES = {
    "memory": MemoryEngine.from_arrow,
    "duckdb": duckdb_engine,
    "postgresql": postgresql_engine,
    "spark": spark_engine,
}
"""Every engine that the spec cases run on."""

_MARKS = {"postgresql": pytest.mark.postgresql, "spark": NEEDS_SPARK}
ENGINE_NAMES = tuple(pytest.param(n, marks=_MARKS.get(n, ())) for n in ENGINES)
"""Their names as parameters, marked where a server or an extra is needed."""
