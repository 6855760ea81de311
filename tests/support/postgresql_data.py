"""Tables in schemas of their own on the PostgreSQL cluster that `make test-postgresql` starts."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BytesIO
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow as pa
import pyarrow.csv as pcsv

from qundao.engines import EngineOptions, parse_dsn
from qundao.engines.postgresql import PostgreSQLEngine
from qundao.engines.postgresql_session import connect

_KNOWN = 1_000
"""Rows from which a table's statistics are taken, as any server in use has them."""

_TYPES = {
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "float": "real",
    "double": "double precision",
    "bool": "boolean",
    "date32[day]": "date",
}


def url() -> str:
    """Return the cluster's address; the tests that ask are marked `postgresql`."""
    return os.environ["QUNDAO_DATABASE_URL"]


def dsn(schema: str, **options: str) -> str:
    """Return the data source name of a schema."""
    parts = urlsplit(url())
    more = "&".join(f"{k}={v}" for k, v in {"schema": schema, **options}.items())
    query = "&".join(filter(None, (parts.query, more)))
    return urlunsplit(parts._replace(query=query))


def execute(sql: str) -> None:
    """Run statements as the cluster's owner."""
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(sql)


@contextmanager
def schema_of(tables: Mapping[str, pa.Table]) -> Iterator[str]:
    """Keep tables in a new schema; yield its name."""
    name = f"data_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
        connection.execute(";".join(_created(name, t, rows) for t, rows in tables.items()))
        for table, rows in tables.items():
            if len(rows):
                _copy(connection, f'"{name}"."{table}"', rows)
                if len(rows) >= _KNOWN:
                    connection.execute(f'ANALYZE "{name}"."{table}"')
    try:
        yield name
    finally:
        execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')


class EngineOfItsOwn(PostgreSQLEngine):
    """An engine over a schema that goes away with it."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._held = ExitStack()
        schema = self._held.enter_context(schema_of(tables))
        super().__init__(connect(parse_dsn(dsn(schema)), EngineOptions()))

    def close(self) -> None:
        """End the session and drop the schema."""
        super().close()
        self._held.close()


def _created(schema: str, table: str, rows: pa.Table) -> str:
    columns = ", ".join(f'"{f.name}" {_type(f.type)}' for f in rows.schema)
    return f'CREATE UNLOGGED TABLE "{schema}"."{table}" ({columns})'


def _type(type_: pa.DataType) -> str:
    if pa.types.is_timestamp(type_):
        return "timestamp"
    if pa.types.is_decimal(type_):
        return f"numeric({type_.precision}, {type_.scale})"
    return _TYPES.get(str(type_), "text")


def _copy(connection: psycopg.Connection, table: str, rows: pa.Table) -> None:
    """Load rows as CSV, in which an empty cell without quotation marks is null."""
    text = BytesIO()
    pcsv.write_csv(rows, text, pcsv.WriteOptions(include_header=False))
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())
