"""The rows that a row points at: whose, by which keys, and how their fields are read.

Fields come through a lookup that holds each key once: the first value in order, or the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.condition import read_condition
from qundao.quality.measure import ROW, Lookup, Shared
from qundao.quality.source import MissingError, Source


@dataclass(frozen=True, slots=True)
class Related:
    """Rows of `table` (None: of the row's own) with equal keys, of those that hold `where`.

    A key is `theirs=mine`, or one name for both; with `?` it is taken where the row has it, and
    blank equals blank.
    """

    table: str | None
    keys: tuple[str, ...]
    where: str = ""


def _related(table: str, keys: str, where: str = "") -> Related:
    return Related(table or None, tuple(keys.split()), where)


RELATED: Mapping[str, Related] = {
    "dm": _related("dm", "usubjid"),
    "ae": _related("ae", "usubjid aeseq"),
    "fatal": _related("ae", "usubjid", "aeout = 'FATAL'"),
    "ex": _related("ex", "usubjid"),
    "death": _related("ds", "usubjid", "dsdecod = 'DEATH'"),
    "disposed": _related("ds", "usubjid", "dscat = 'DISPOSITION EVENT'"),
    "completed": _related("ds", "usubjid", "dsdecod = 'COMPLETED'"),
    "lb": _related("lb", "usubjid lbseq"),
    "vs": _related("vs", "usubjid vsseq"),
    "qs": _related("qs", "usubjid qsseq"),
    "sv": _related("sv", "usubjid visitnum"),
    "ta": _related("ta", "armcd"),
    "ta_actual": _related("ta", "armcd=actarmcd"),
    "te": _related("te", "etcd"),
    "tv": _related("tv", "visitnum"),
    "adsl": _related("adsl", "usubjid"),
    "event": _related("adae", "usubjid aeseq=srcseq"),
    "baseline": _related("", "usubjid paramcd basetype?", "ablfl = 'Y'"),
}

Compile = Callable[[exp.Expr, str, str], exp.Expr]
"""Writes a condition's expression over a table under an alias."""


def lookup(
    name: str, field: str, check: Check, source: Source, write: Compile, *, last: bool
) -> Lookup:
    """Return the lookup that brings `field` of the rows called `name`, as `v`.

    Raises MissingError where the source has not what it needs.
    """
    rows = _rows(name, source)
    table = rows.table or check.table
    keys = tuple(_keys(rows, check.table, source))
    source.need(table, field, *(theirs for theirs, _, _ in keys))
    source.need(check.table, *(mine for _, mine, _ in keys))
    pick = exp.Max if last else exp.Min
    columns = [
        _key(source, table, k, table, optional=o).as_(f"k{i}") for i, (k, _, o) in enumerate(keys)
    ]
    query = exp.select(*columns, pick(this=value(source, table, field, table)).as_("v"))
    query = query.from_(table).group_by(*(c.this.copy() for c in columns))
    if rows.where:
        where = read_condition(rows.where)
        source.need(table, *where.own())
        query = query.where(write(where.must, table, table))
    alias = f"{name}_{'last_' if last else ''}{field}"
    on = exp.and_(
        *(
            _key(source, check.table, mine, ROW, optional=optional).eq(
                exp.column(f"k{i}", table=alias)
            )
            for i, (_, mine, optional) in enumerate(keys)
        )
    )
    return Lookup(alias, Shared(f"rows_{alias}", query), on)


def _rows(name: str, source: Source) -> Related:
    """Return the rows called so: as CDISC names them above, or a table found by its key."""
    if source.model.standard == "cdisc" and name in RELATED:
        return RELATED[name]
    if name not in source.model or not source.model[name].keys:
        raise MissingError(name)
    return Related(name, source.model[name].keys)


def value(source: Source, table: str, field: str, alias: str) -> exp.Expr:
    """Return a field as declared; text without blanks around it, and blank text as nothing."""
    kind = source.declared(table, field)
    if kind is Kind.TEXT:
        trimmed = exp.Trim(this=source.text(table, field, alias))
        return exp.Nullif(this=trimmed, expression=exp.Literal.string(""))
    if kind in (Kind.DATE, Kind.DATETIME):
        return source.day(table, field, alias)
    return source.value(table, field, alias)


def _keys(rows: Related, own: str, source: Source) -> Iterator[tuple[str, str, bool]]:
    """Yield each key: theirs, mine, and whether it may be blank."""
    for key in rows.keys:
        theirs, _, mine = key.rstrip("?").partition("=")
        optional = key.endswith("?")
        if not optional or source.has(own, theirs):
            yield theirs, mine or theirs, optional


def comparable(source: Source, table: str, field: str, alias: str) -> exp.Expr:
    """Return a field as `value` does, numbers to six decimals.

    A visit numbered 1.2 in one transport file may be 1.2000000000000002 in another.
    """
    read = value(source, table, field, alias)
    number = source.declared(table, field) in (Kind.INTEGER, Kind.NUMBER)
    return exp.cast(read, "DECIMAL(38, 6)") if number else read


def _key(source: Source, table: str, field: str, alias: str, *, optional: bool) -> exp.Expr:
    read = comparable(source, table, field, alias)
    return exp.func("COALESCE", read, exp.Literal.string("")) if optional else read
