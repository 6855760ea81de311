"""The PostgreSQL engine: one session that reads one snapshot and cannot write to the source.

The session holds one transaction, REPEATABLE READ: however long the work takes and whoever
writes meanwhile, all queries see the rows of one moment. Each query runs behind a savepoint that
is read-only; only the temporary tables of `scratch` are made outside of one, and they belong to
the session. Where the account or the server (a replica) allows no temporary tables, the scratch
query is put into the queries that name it instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, cast

import psycopg
import pyarrow as pa
from psycopg.rows import TupleRow
from sqlglot import exp

from qundao.engines.codes import CLOSED
from qundao.engines.guard import check_query, refuse_unknown_functions
from qundao.engines.postgresql_arrow import Shape, shape_of, unknown_columns
from qundao.engines.postgresql_errors import query_errors
from qundao.engines.postgresql_session import Server
from qundao.engines.postgresql_sql import DIALECT, rendered
from qundao.kernel.errors import fail
from qundao.query.engine import Column

_SCRATCH = "scratch_"
_NO_TEMPORARY = ("42501", "25006", "0A000")
_Cursor = psycopg.Cursor[TupleRow] | psycopg.ServerCursor[TupleRow]


class PostgreSQLEngine:
    """Implements `query.engine.Engine`. Made by `open_engine`; threads take turns."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = server.connection
        self._inlined: dict[str, exp.Query] = {}
        self._scratch: set[str] = set()
        self._lock = threading.RLock()
        self._open = True
        self._number = 0

    @property
    def dialect(self) -> str:
        """Return `postgres`."""
        return DIALECT

    @property
    def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Return the source's tables and columns, all names in small letters."""
        return self._server.schema

    @property
    def in_process(self) -> bool:
        """Return False: a server sends the rows."""
        return False

    @property
    def at_once(self) -> int:
        """Return 1: a session, and its snapshot, answers one query at a time."""
        return 1

    def query(self, query: exp.Expression) -> pa.Table:
        """Run one query and return all its rows. Raises `engines.*`."""
        with self._running(query) as text:
            cursor = self._asked(text, lambda t: self._connection.execute(t, binary=True))
            with cursor:
                shape = _shape(cursor)
                return pa.Table.from_batches([shape.batch(cursor.fetchall())])

    def records(self, query: exp.Expression) -> list[dict[str, Any]]:
        """Run one query that answers with few rows, and return each by column name."""
        found: list[dict[str, Any]] = self.query(query).to_pylist()
        return found

    def stream(self, query: exp.Expression, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run one query and yield its rows in batches of at most `rows`. Raises `engines.*`."""
        with self._running(query) as text:
            cursor = self._asked(text, self._declared)
        shape = _shape(cursor)
        try:
            while found := self._fetched(cursor, rows):
                yield shape.batch(found)
        finally:
            self._finish(cursor)

    @contextmanager
    def scratch(self, name: str, query: exp.Expression) -> Iterator[exp.Table]:
        """Keep a query's rows as a temporary table of the session while open."""
        table = f"{_SCRATCH}{name.lower()}"
        self._check(query)
        with self._using():
            if not self._make(table, cast(exp.Query, query)):
                self._inlined[table] = cast(exp.Query, query).copy()
        self._scratch.add(table)
        try:
            yield exp.table_(table)
        finally:
            self._drop(table)

    def close(self) -> None:
        """End the session. Closing twice does nothing."""
        with self._lock:
            self._open = False
            self._connection.close()

    def describe(self) -> Mapping[str, Any]:
        """Return kind, version and place; never the password."""
        server = self._server
        return {"kind": "postgresql", "version": server.version, "place": server.place}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            if not self._open:
                raise fail(CLOSED, self._server.place)
            with query_errors(self._server.place, self._connection):
                yield

    @contextmanager
    def _running(self, query: exp.Expression) -> Iterator[str]:
        """Give the query's text, inside a read-only savepoint that a failure rolls back."""
        self._check(query)
        with self._using(), self._connection.transaction():
            self._connection.execute("SET LOCAL transaction_read_only = on")
            yield self._text(cast(exp.Query, query))

    def _text(self, query: exp.Query) -> str:
        for name, rows in reversed(self._inlined.items()):
            if any(t.name == name for t in query.find_all(exp.Table)):
                query = _before(query, name, rows)
        return rendered(query, self._server.presented)

    def _asked(self, text: str, ask: Callable[[str], _Cursor]) -> _Cursor:
        """Return the cursor of a query, its columns without an Arrow type asked for as text."""
        cursor = ask(text)
        unknown = set(unknown_columns(cursor.description or ()))
        if not unknown:
            return cursor
        names = [c.name for c in cursor.description or ()]
        cursor.close()
        listed = [
            exp.cast(exp.column(n, quoted=True), "TEXT").as_(n, quoted=True)
            if n in unknown
            else exp.column(n, quoted=True)
            for n in names
        ]
        outer = exp.select(*listed).sql(DIALECT)
        return ask(f"{outer} FROM ({text}) AS rows_as_text")

    def _fetched(self, cursor: _Cursor, rows: int) -> list[TupleRow]:
        with self._using(), self._connection.transaction():
            return cursor.fetchmany(rows)

    def _finish(self, cursor: _Cursor) -> None:
        with self._lock:
            if self._open and not self._connection.closed:
                with query_errors(self._server.place, self._connection):
                    cursor.close()

    def _declared(self, text: str) -> _Cursor:
        self._number += 1
        cursor = psycopg.ServerCursor(self._connection, f"stream_{self._number}")
        return cursor.execute(text, binary=True)

    def _make(self, table: str, query: exp.Query) -> bool:
        """Make a temporary table; return False where the server allows none."""
        text = self._text(query)
        try:
            with self._connection.transaction():
                self._connection.execute(f'CREATE TEMPORARY TABLE "{table}" AS {text}')
                self._connection.execute(f'ANALYZE "{table}"')
        except psycopg.Error as error:
            if error.sqlstate in _NO_TEMPORARY:
                return False
            raise
        return True

    def _drop(self, table: str) -> None:
        with self._lock:
            self._scratch.discard(table)
            inlined = self._inlined.pop(table, None)
            if self._open and not self._connection.closed and inlined is None:
                with query_errors(self._server.place, self._connection):
                    self._connection.execute(f'DROP TABLE "{table}"')

    def _check(self, query: exp.Expression) -> None:
        check_query(query, self.schema.keys(), self._scratch)
        refuse_unknown_functions(query)


def _shape(cursor: _Cursor) -> Shape:
    return shape_of(cursor.description or ())


def _before(query: exp.Query, name: str, rows: exp.Query) -> exp.Query:
    """Return the query with `rows` as its first step."""
    whole = query.copy()
    steps = [exp.CTE(this=rows.copy(), alias=exp.TableAlias(this=exp.to_identifier(name)))]
    present = whole.args.get("with_")
    whole.set("with_", exp.With(expressions=[*steps, *(present.expressions if present else ())]))
    return whole
