"""Connecting to a PostgreSQL database: a session that reads, and what the database holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow, class_row
from sqlglot import exp

from qundao.engines import codes
from qundao.engines.dsn import ServerDsn
from qundao.engines.options import EngineOptions
from qundao.engines.postgresql_arrow import teach
from qundao.engines.postgresql_errors import opening_errors, query_errors
from qundao.engines.postgresql_sql import Presented
from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.query.engine import Column

Connection = psycopg.Connection[TupleRow]

_CONNECT_SECONDS = 15
_PLAIN_COLLATIONS = ("C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic")
_LEAST_WORK_MB = 4
_SHARE_OF_MEMORY = 16  # a query has several sorts and hash tables, each of which may take as much

_COLUMNS = """
    SELECT n.nspname AS place, c.relname AS "table", a.attname AS name,
           format_type(a.atttypid, a.atttypmod) AS type,
           CASE WHEN k.collname = 'default' THEN d.datcollate ELSE k.collname END AS collation
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_database d ON d.datname = current_database()
    LEFT JOIN pg_catalog.pg_collation k ON k.oid = a.attcollation
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname = ANY (%s)
    ORDER BY array_position(%s, n.nspname::text), c.relname, a.attnum
"""
_SCHEMAS = """
    SELECT nspname, has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace
    WHERE lower(nspname) = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """An open session, what the database holds, and how it is named to people."""

    connection: Connection
    schema: Mapping[str, tuple[Column, ...]]
    presented: Presented
    version: str
    place: str


@dataclass(frozen=True, slots=True)
class _Declared:
    place: str
    table: str
    name: str
    type: str
    collation: str | None


def connect(dsn: ServerDsn, options: EngineOptions) -> Server:
    """Open a session. Raises `engines.*`: away, refused, no such database or schema."""
    told = {"connect_timeout": _CONNECT_SECONDS, "application_name": "qundao", **dsn.connection}
    with opening_errors(str(dsn), dsn.database):
        connection = psycopg.connect(
            make_conninfo("", client_encoding="utf8", **told), autocommit=True
        )
    try:
        with query_errors(str(dsn), connection):
            return _server(connection, dsn, options)
    except BaseException:
        connection.close()
        raise


def _server(connection: Connection, dsn: ServerDsn, options: EngineOptions) -> Server:
    schemas = _schemas(connection, dsn)
    _set_up(connection, dsn, options, schemas)
    teach(connection)
    _begin(connection)
    tables = _tables(connection, schemas)
    if not tables:
        raise fail(codes.DATABASE_MISSING, str(dsn), "dsn", what=f"schema {schemas[0]}")
    schema = {t: tuple(Column(c.name.lower(), c.type) for c in cs) for t, cs in tables.items()}
    presented = {t: _presented(cs) for t, cs in tables.items() if _needs_presenting(cs)}
    version = f"{connection.info.server_version // 10_000}.{connection.info.server_version % 100}"
    return Server(connection, MappingProxyType(schema), presented, version, str(dsn))


def _schemas(connection: Connection, dsn: ServerDsn) -> list[str]:
    """Return the schemas as the database spells them, whatever case they were given in."""
    rows = connection.execute(_SCHEMAS, [[s.lower() for s in dsn.schemas]]).fetchall()
    allowed: dict[str, bool] = dict(rows)
    found = [_spelt(s, allowed) for s in dsn.schemas]
    raise_if(
        problem(codes.DATABASE_MISSING, s, "dsn", what=f"schema {s}")
        for s, name in zip(dsn.schemas, found, strict=True)
        if name is None
    )
    names = [name for name in found if name is not None]
    raise_if(
        problem(codes.PERMISSION_DENIED, n, "dsn", table=f"schema {n}")
        for n in names
        if not allowed[n]
    )
    return names


def _spelt(schema: str, present: Mapping[str, bool]) -> str | None:
    if schema in present:
        return schema
    return next((p for p in sorted(present) if p.lower() == schema.lower()), None)


def _set_up(
    connection: Connection, dsn: ServerDsn, options: EngineOptions, schemas: Sequence[str]
) -> None:
    """Set what the session may do, and how its queries are planned.

    JIT would compile hundreds of expressions to run them once. Of a query's own steps the planner
    takes the rows for one, whatever they are: it would run them as loops within loops.
    """
    path = ", ".join(exp.to_identifier(s, quoted=True).sql("postgres") for s in schemas)
    settings = {
        "default_transaction_read_only": "on",
        "search_path": path,
        "statement_timeout": str(1000 * (dsn.timeout or 0)) if dsn.timeout else None,
        "work_mem": f"{max(_LEAST_WORK_MB, options.memory_mb // _SHARE_OF_MEMORY)}MB",
        "max_parallel_workers_per_gather": str(options.threads),
        "jit": "off",
        "enable_nestloop": "off",
        "cursor_tuple_fraction": "1",
        "DateStyle": "ISO, YMD",
        "IntervalStyle": "iso_8601",
        "standard_conforming_strings": "on",
    }
    for name, value in settings.items():
        if value is not None:
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])


def _begin(connection: Connection) -> None:
    """Begin the one transaction; a replica takes none that may write, even to its own tables."""
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    replica = bool(row and row[0])
    writes = "READ ONLY" if replica else "READ WRITE"
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ " + writes)


def _tables(connection: Connection, schemas: list[str]) -> Mapping[str, tuple[_Declared, ...]]:
    """Return each table by its name in small letters; the first schema that has it goes before."""
    with connection.cursor(row_factory=class_row(_Declared)) as cursor:
        rows = cursor.execute(_COLUMNS, [schemas, schemas]).fetchall()
    found: dict[str, tuple[_Declared, ...]] = {}
    clashes = []
    for (place, table), columns in groupby(rows, key=attrgetter("place", "table")):
        name = table.lower()
        if name in found and found[name][0].place == place:
            clashes.append(problem(codes.AMBIGUOUS_TABLE, table, place))
        found.setdefault(name, tuple(columns))
    raise_if([*clashes, *_ambiguous_columns(found)])
    return found


def _ambiguous_columns(tables: Mapping[str, tuple[_Declared, ...]]) -> Iterator[Problem]:
    for table, columns in tables.items():
        names = [c.name.lower() for c in columns]
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield problem(codes.AMBIGUOUS_TABLE, f"{table}.{name}", table)


def _needs_presenting(columns: Sequence[_Declared]) -> bool:
    named = any(n != n.lower() for c in columns for n in (c.table, c.name))
    return named or any(_sorted_by_language(c) for c in columns)


def _presented(columns: Sequence[_Declared]) -> exp.Query:
    """Return the query that reads a table with names in small letters and text by characters."""
    first = columns[0]
    table = exp.table_(first.table, db=first.place, quoted=True)
    return exp.select(*[_column(c) for c in columns]).from_(table)


def _column(declared: _Declared) -> exp.Expr:
    value: exp.Expr = exp.column(declared.name, quoted=True)
    if _sorted_by_language(declared):
        value = exp.Collate(this=value, expression=exp.to_identifier("C", quoted=True))
    return value.as_(declared.name.lower(), quoted=True)


def _sorted_by_language(declared: _Declared) -> bool:
    return declared.collation is not None and declared.collation not in _PLAIN_COLLATIONS
