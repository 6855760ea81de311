"""Reads tables and views of a database server: one statement each, in an order, read only.

What is read is a SELECT of all columns of the table or view named, ordered by key columns, so that
a row's number stays the same from one reading to the next. Names are quoted, never pasted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from qundao.intake import codes
from qundao.intake.limits import DEFAULT_LIMITS, Limits
from qundao.intake.readers.addresses import address_of, shown
from qundao.intake.readers.gathering import gathered
from qundao.intake.readers.options import bad, check_options, one_of
from qundao.intake.readers.sql_servers import said, server_of, session
from qundao.intake.readers.sql_types import typed
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail


def open_database(
    url: str,
    views: Mapping[str, Sequence[str]],
    options: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> SqlReader:
    """Open tables or views of a server: each name (`view` or `schema.view`) with its key columns.

    `url`: `postgresql://`, `mysql://` or `mariadb://`, `mssql://`, `oracle://` with user, host and
    database. Option `unordered` (yes, no): allow views without keys, whose rows then have no
    lasting numbers. Raises `intake.source_missing`, `unknown_format`, `no_such_table`,
    `unknown_option`, `driver_missing`, `beyond_limits`.
    """
    told = dict(options or {})
    check_options(told, ("unordered",))
    unordered = one_of(told, "unordered", ("yes", "no"), "no") == "yes"
    for name, keys in views.items():
        if not keys and not unordered:
            raise bad({name: ""}, name, "key, … (unordered=yes)")
    if len(views) > limits.tables:
        raise fail(codes.BEYOND_LIMITS, len(views), "source", what="tables", most=limits.tables)
    return SqlReader(url, views, limits)


def open_views(database: str, views: Sequence[str]) -> dict[str, SqlReader]:
    """Open views in no order, each under the name `view@host/database`, to look at them.

    database: as in a mapping, `$NAME` or an address. Raises as `open_database` does.
    """
    address = address_of(database)
    return {
        called(name, address): open_database(address, {name: ()}, {"unordered": "yes"})
        for name in views
    }


def called(view: str, address: str) -> str:
    """Return what a view is called: `view@host/database`."""
    parts = urlsplit(address)
    return f"{view}@{parts.hostname or 'localhost'}{parts.path}"


class SqlReader:
    """Tables and views of a server. Each reading is a session of its own, in one snapshot."""

    def __init__(self, url: str, views: Mapping[str, Sequence[str]], limits: Limits) -> None:
        self._server, self._parts = server_of(url)
        self._limits = limits
        self._keys = {name: tuple(keys) for name, keys in views.items()}
        with session(self._server, self._parts) as opened:
            self._tables = {name: self._table(opened, name) for name in views}

    def tables(self) -> Sequence[SourceTable]:
        """Return the tables and views that were asked for."""
        return tuple(self._tables.values())

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the order of the keys. Raises `intake.unreadable`."""
        yield from gathered(self._read(table_named(self.tables(), table), report), rows)

    def close(self) -> None:
        """Do nothing: sessions end with the reading."""

    def _table(self, opened: Any, name: str) -> SourceTable:
        nothing = exp.select("*").from_(_relation(name)).where(exp.false())
        try:
            described = self._server.described(opened, self._sql(nothing))
        except self._server.errors() as error:
            known = said(error, self._parts)
            raise fail(codes.NO_SUCH_TABLE, name, "table", known=known) from error
        if len(described) > self._limits.columns:
            most = self._limits.columns
            raise fail(codes.BEYOND_LIMITS, len(described), "source", what="columns", most=most)
        names = [column for column, _ in described]
        for key in self._keys[name]:
            if key not in names:
                raise bad({name: key}, name, ", ".join(names))
        columns = tuple(SourceColumn(column, type_) for column, type_ in described)
        return SourceTable(name, columns, facts={"order_by": list(self._keys[name])})

    def _read(self, table: SourceTable, report: Report) -> Iterator[pa.RecordBatch]:
        names = [exp.column(exp.to_identifier(c.name, quoted=True)) for c in table.columns]
        keys = [exp.column(exp.to_identifier(k, quoted=True)) for k in self._keys[table.name]]
        query = exp.select(*names).from_(_relation(table.name))
        query = query.order_by(*keys) if keys else query
        place = 1
        with session(self._server, self._parts) as opened:
            try:
                for some in self._server.rows(opened, self._sql(query)):
                    yield self._batch(table, some, place, report)
                    place += len(some)
            except self._server.errors() as error:
                received = f"{shown(self._parts)}: {said(error, self._parts)}"
                raise fail(codes.UNREADABLE, received, "source", what=table.name) from error

    def _sql(self, query: exp.Select) -> str:
        return query.sql(self._server.dialect)

    def _batch(
        self, table: SourceTable, rows: Sequence[Sequence[Any]], place: int, report: Report
    ) -> pa.RecordBatch:
        arrays = []
        for column, values in zip(table.columns, zip(*rows, strict=True), strict=True):
            array, wrong = typed(values, column.type)
            long = _long(array, self._limits.field_bytes)
            for i in sorted({*wrong, *long}):
                value = _shown(values[i])
                report(Defect(table.name, place + i, codes.BAD_VALUE, column.name, value))
            arrays.append(_without(array, long))
        places = pa.array(range(place, place + len(rows)), pa.int64())
        return pa.record_batch([*arrays, places], schema=table.schema())


def _relation(name: str) -> exp.Table:
    schema, _, plain = name.rpartition(".")
    database = exp.to_identifier(schema, quoted=True) if schema else None
    return exp.Table(this=exp.to_identifier(plain, quoted=True), db=database)


def _long(array: pa.Array, most: int) -> list[int]:
    """Return the places of values that are longer than the limits allow."""
    if array.nbytes <= most or not (
        pa.types.is_string(array.type) or pa.types.is_binary(array.type)
    ):
        return []
    longer = pc.greater(pc.binary_length(array), most)
    return [i for i, is_longer in enumerate(longer.to_pylist()) if is_longer]


def _without(array: pa.Array, places: Sequence[int]) -> pa.Array:
    if not places:
        return array
    dropped = set(places)
    return pc.if_else(
        pa.array([i in dropped for i in range(len(array))]), pa.scalar(None, array.type), array
    )


def _shown(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text[:LONGEST_VALUE]
