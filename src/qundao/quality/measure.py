"""A measure: how the violated rows of one check are counted, as expressions over one base.

A base is a table (or a query with one row per unit); a lookup adds at most one row of another
relation to each row of the base. So every measure over one base can share one scan: that is
what `plan` does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlglot import exp

ROW = "t"


@dataclass(frozen=True, slots=True)
class Shared:
    """A named query that several lookups read (a common table expression)."""

    name: str
    query: exp.Query


@dataclass(frozen=True, slots=True)
class Lookup:
    """Joins at most one row of `shared`, under `alias`, to a base row where `on` holds.

    The shared query must hold each key once; otherwise rows would be counted twice.
    """

    alias: str
    shared: Shared
    on: exp.Expr


@dataclass(frozen=True, slots=True)
class Base:
    """What is scanned: `name` tells bases apart, `query` makes the rows when it is no table.

    Hundreds of checks may name one base, so its query is made only for the one that scans it.
    """

    name: str
    query: Callable[[], exp.Query] | None = None

    def source(self) -> exp.Expr:
        """Return the base as it stands in FROM, under the alias of rows."""
        if self.query is None:
            return exp.to_table(self.name).as_(ROW)
        return self.query().subquery(ROW)


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts base rows where `violated` is true, out of those where `counted` is (None: all).

    `examples` are expressions over the base row that name it to the steward; `values` are the
    base's columns without which, empty throughout, there is nothing to judge. Where one base row
    stands for several rows of the data, `weight` says for how many, and `rowwise` makes the same
    measure over the rows themselves: to show examples, and to compare.
    """

    base: Base
    violated: exp.Expr
    counted: exp.Expr | None = None
    lookups: tuple[Lookup, ...] = ()
    examples: tuple[exp.Expr, ...] = ()
    values: tuple[str, ...] = ()
    weight: exp.Expr | None = None
    rowwise: Callable[[], Measure] | None = None

    def by_row(self) -> Measure:
        """Return the measure over the rows themselves."""
        return self.rowwise() if self.rowwise else self


def row(field: str) -> exp.Column:
    """Return a column of the base row."""
    return exp.column(field, table=ROW)


def is_null(value: exp.Expr) -> exp.Expr:
    """Return `value IS NULL`."""
    return exp.Is(this=value, expression=exp.null())


def not_null(value: exp.Expr) -> exp.Expr:
    """Return `NOT value IS NULL`."""
    return exp.not_(is_null(value))


def count_where(condition: exp.Expr, weight: exp.Expr | None = None) -> exp.Expr:
    """Return how many rows hold `condition`; a condition that is NULL does not hold."""
    if weight is None:
        return exp.Count(this=exp.Case().when(condition, exp.Literal.number(1)))
    weighed = exp.Sum(this=exp.Case().when(condition, weight.copy()))
    return exp.cast(exp.func("COALESCE", weighed, exp.Literal.number(0)), "BIGINT")


def joined(base: Base, lookups: Iterable[Lookup], columns: Iterable[exp.Expr]) -> exp.Select:
    """Return one query over `base` with every lookup joined once."""
    query = exp.select(*columns).from_(base.source())
    unique = {look.alias: look for look in lookups}
    for look in unique.values():
        query = query.join(
            exp.to_table(look.shared.name).as_(look.alias), on=look.on, join_type="left", copy=False
        )
    for shared in {look.shared.name: look.shared for look in unique.values()}.values():
        query = query.with_(shared.name, as_=shared.query, copy=False)
    return query
