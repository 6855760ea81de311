"""The DuckDB engine: an in-memory instance whose only tables are views over one source.

Once its views are made, the instance is sealed: no other file can be read, no extension loaded,
no setting changed, so that a query reaches the source's tables and nothing else.
"""

from __future__ import annotations

import shutil
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import duckdb
import pyarrow as pa
from sqlglot import exp

from qundao.engines.codes import CLOSED
from qundao.engines.duck_errors import duck_errors
from qundao.engines.guard import check_query
from qundao.engines.options import EngineOptions
from qundao.kernel.errors import fail
from qundao.query.engine import Column

DIALECT = "duckdb"
_SCRATCH = "scratch_"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows lie: kind, place as the steward wrote it, whether it is there, other facts."""

    kind: str
    place: str
    present: Callable[[], bool]
    facts: Mapping[str, Any] = field(default_factory=dict)


class DuckEngine:
    """Implements `query.engine.Engine`. Made by `open_engine`; safe to use from many threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, folder: Path) -> None:
        self._connection = connection
        self._source = source
        self._schema = _read_schema(connection)
        self._scratch: set[str] = set()
        self._lock = threading.RLock()
        self._open = True
        self._tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @property
    def dialect(self) -> str:
        """Return `duckdb`."""
        return DIALECT

    @property
    def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Return the source's tables and columns, all names in small letters."""
        return self._schema

    @property
    def in_process(self) -> bool:
        """Return True: DuckDB runs here."""
        return True

    @property
    def at_once(self) -> int:
        """Return 2: while one query is planned, another keeps the cores busy."""
        return 2

    def query(self, query: exp.Expression) -> pa.Table:
        """Run one query and return all its rows. Raises `engines.*`."""
        with self._running(query) as sql, self._cursor() as cursor:
            return cursor.sql(sql).to_arrow_table()

    def records(self, query: exp.Expression) -> list[dict[str, Any]]:
        """Run one query that answers with few rows, and return each by column name.

        Of a wide query of many aggregates this costs half of what an Arrow table does, which
        DuckDB has to plan once more for its columns.
        """
        with self._running(query) as sql, self._cursor() as cursor:
            found = cursor.execute(sql).fetchall()
            names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found]

    def stream(self, query: exp.Expression, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run one query and yield its rows in batches of at most `rows`. Raises `engines.*`."""
        with self._running(query) as sql, self._cursor() as cursor:
            yield from cursor.sql(sql).to_arrow_reader(rows)

    @contextmanager
    def scratch(self, name: str, query: exp.Expression) -> Iterator[exp.Table]:
        """Keep a query's rows under a private name (in memory, spilling) while open."""
        table = f"{_SCRATCH}{name.lower()}"
        create = exp.Create(this=exp.table_(table), kind="TABLE", expression=query.copy())
        with self._running(query), self._cursor() as cursor:
            cursor.execute(create.sql(DIALECT)).fetchall()
        with self._lock:
            self._scratch.add(table)
        try:
            yield exp.table_(table)
        finally:
            self._drop(table)

    def close(self) -> None:
        """Give the source back and remove the private folder. Closing twice does nothing."""
        with self._lock:
            if self._open:
                self._open = False
                self._connection.close()
                self._tidy()

    def describe(self) -> Mapping[str, Any]:
        """Return kind, version and place."""
        source = self._source
        known = {"kind": source.kind, "version": duckdb.__version__, "place": source.place}
        return {**known, **source.facts}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _running(self, query: exp.Expression) -> Iterator[str]:
        check_query(query, self._schema.keys(), self._scratch)
        with duck_errors(self._source.place, self._source.present):
            yield query.sql(DIALECT)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            if not self._open:
                raise fail(CLOSED, self._source.place)
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _drop(self, table: str) -> None:
        with self._lock:
            self._scratch.discard(table)
            if self._open:
                drop = exp.Drop(tables=[exp.table_(table)], kind="TABLE")
                self._connection.execute(drop.sql(DIALECT)).fetchall()


def connect(options: EngineOptions, folder: Path) -> duckdb.DuckDBPyConnection:
    """Return an empty in-memory instance within the options' limits, spilling to `folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{options.memory_mb}MB",
        "threads": options.threads,
        "temp_directory": str(folder / "spill"),
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": False,
    }
    if options.temp_mb is not None:
        config["max_temp_directory_size"] = f"{options.temp_mb}MB"
    return duckdb.connect(":memory:", config=config)


def add_view(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: exp.Expression
) -> None:
    """Add a table of the engine: a view with small letters over a source's own names."""
    listed = [exp.column(c, quoted=True).as_(c.lower(), quoted=True) for c in columns]
    view = exp.Create(
        this=exp.table_(name.lower(), quoted=True),
        kind="VIEW",
        expression=exp.select(*listed).from_(rows),
    )
    connection.execute(view.sql(DIALECT)).fetchall()


def seal(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Leave the instance nothing but its views and the `files` they read."""
    if files:
        paths = exp.Array(expressions=[exp.Literal.string(str(f)) for f in files])
        connection.execute(f"SET allowed_paths = {paths.sql(DIALECT)}").fetchall()
    connection.execute("SET enable_external_access = false").fetchall()
    connection.execute("SET lock_configuration = true").fetchall()


def _read_schema(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[Column, ...]]:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = 'memory' AND schema_name = 'main' AND NOT internal "
        "ORDER BY table_name, column_index"
    ).fetchall()
    schema: dict[str, list[Column]] = {}
    for table, column, type_ in rows:
        schema.setdefault(table, []).append(Column(column, type_))
    return MappingProxyType({table: tuple(columns) for table, columns in schema.items()})
