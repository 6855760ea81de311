"""A load's work database: statements in, rows out, nothing of what a load is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

DIALECT = Dialect.get_or_raise("duckdb")
_FILE = "work.duckdb"
_PARQUET = "parquet, DICTIONARY_SIZE_LIMIT 10000"
"""Columns with more values are not worth a dictionary: numbers of rows, moments, results."""


@contextmanager
def work_database(place: Path, memory_mb: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database of its own in a folder that goes with the work: it spills beside itself."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "temp_directory": str(place / "spill"),
        "preserve_insertion_order": False,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(str(place / _FILE), config=config)
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")  # it is removed at the end
        yield connection
    finally:
        connection.close()


def is_worked_in(place: Path) -> bool:
    """Tell whether a folder holds the database of a work that was begun before."""
    return (place / _FILE).exists()


class WorkDatabase:
    """Runs what a load asks for. Names are those of its own tables and views.

    It knows them by itself: the database takes milliseconds to tell, and is asked at every turn.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, *, new: bool = False) -> None:
        self._database = database
        self.views: set[str] = set()
        self._tables: set[str] = set() if new else set(self.column("SHOW TABLES"))
        self._beside: dict[str, pa.Table] = {}

    def rows(self, query: exp.Expr | str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement, with values for its `?`, and return its rows."""
        sql = query if isinstance(query, str) else query.sql(DIALECT)
        return self._database.execute(sql, list(values)).fetchall()

    def count(self, query: exp.Query | str) -> int:
        """Run a query for one number and return it, 0 for none."""
        return int(self.rows(query)[0][0] or 0)

    def has_any(self, name: str) -> bool:
        """Tell whether a table or view has a row."""
        held = exp.to_table(name, quoted=True)
        return bool(self.rows(exp.select(exp.Literal.number(1)).from_(held).limit(1)))

    def column(self, query: exp.Query | str) -> list[Any]:
        """Run a query for one column and return it."""
        return [value for (value,) in self.rows(query)]

    def arrays(self, query: exp.Query) -> Mapping[str, Any]:
        """Run a query and return its columns as NumPy arrays, masked where they hold NULL."""
        found: Mapping[str, Any] = self._database.execute(query.sql(DIALECT)).fetchnumpy()
        return found

    def arrow(self, query: str) -> pa.Table:
        """Run a query and return its rows as they are held in memory."""
        return self._database.sql(query).to_arrow_table()

    def batches(self, query: exp.Query, rows: int) -> Iterator[pa.Table]:
        """Run a query and yield its rows, about so many at a time."""
        for batch in self._database.sql(query.sql(DIALECT)).to_arrow_reader(rows):
            yield pa.Table.from_batches([batch])

    def described(self, query: exp.Query) -> Iterator[dict[str, Any]]:
        """Run a query and yield its rows, by column."""
        cursor = self._database.execute(query.sql(DIALECT))
        names = [c[0] for c in cursor.description or ()]
        for values in cursor.fetchall():
            yield dict(zip(names, values, strict=True))

    def create(self, name: str, query: exp.Query | str) -> None:
        """Make a table of a query's rows."""
        sql = query if isinstance(query, str) else query.sql(DIALECT)
        self.rows(f'CREATE TABLE "{name}" AS {sql}')
        self._tables.add(name)

    def declare(self, name: str, columns: str) -> None:
        """Make a table of columns, told with their types, where it is not there yet."""
        if name not in self._tables:
            self.rows(f'CREATE TABLE "{name}" ({columns})')
            self._tables.add(name)

    def see(self, name: str, query: exp.Query) -> None:
        """Make a view of a query, or let one that is there show it instead."""
        named = exp.to_table(name, quoted=True)
        create = exp.Create(this=named, kind="VIEW", expression=query, replace=True)
        self.rows(create)
        self.views.add(name)

    def unsee(self, name: str) -> None:
        """Drop a view."""
        self.views.remove(name)
        self.rows(f'DROP VIEW "{name}"')

    def names(self) -> set[str]:
        """Return the tables and views that there are."""
        return self._tables | self.views

    def add(self, name: str, rows: pa.Table, *, into: bool = False) -> None:
        """Make a table of rows, or put them into one that is there."""
        table = exp.to_table(name, quoted=True).sql(DIALECT)
        verb = "INSERT INTO {} BY NAME FROM added" if into else "CREATE TABLE {} AS FROM added"
        with self.beside("added", rows):
            self.rows(verb.format(table))
        self._tables.add(name)

    @contextmanager
    def beside(self, name: str, rows: pa.Table) -> Iterator[None]:
        """Let queries read rows under a name, for as long as the block goes on.

        What was read under it before is so again afterwards.
        """
        before = self._beside.get(name)
        self._read_beside(name, rows)
        try:
            yield
        finally:
            with suppress(duckdb.TransactionException):  # then the failure itself is told
                self._read_beside(name, before)

    def _read_beside(self, name: str, rows: pa.Table | None) -> None:
        if rows is None:
            del self._beside[name]
            self._database.unregister(name)
        else:
            self._beside[name] = rows
            self._database.register(name, rows)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Do what follows in one transaction, or not at all."""
        self.rows("BEGIN")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            self.rows("ROLLBACK")
            raise

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Do work that leaves everything as it was, so that it can be done again from the start."""
        self.rows("BEGIN")
        try:
            yield
        finally:
            self.rows("ROLLBACK")

    def copy_to(self, query: exp.Query, path: Path) -> int:
        """Write a query's rows as Parquet, or CSV by the file's name; return how many."""
        target = exp.Literal.string(str(path)).sql(DIALECT)
        form = _PARQUET if path.suffix == ".parquet" else "csv, HEADER"
        return self.count(f"COPY ({query.sql(DIALECT)}) TO {target} (FORMAT {form})")
