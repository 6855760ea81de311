"""A measure: how the violated rows of one check are counted, as expressions over one base.

A base is a table, or a query whose rows each stand for one row of the data or for several; a
lookup adds at most one row of another relation to each row of the base. So every measure over
one base can share one scan: that is what `plan` does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from qundao.quality.key_sets import KeyQuestion
from qundao.quality.tally import Tally

ROW, KEY = "t", "k"

Kept = Mapping[str, str]
"""Shared relations that are held in tables for a while: the table's name by the relation's."""
NOTHING_KEPT: Kept = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shared:
    """A named query that several lookups read (a common table expression).

    It may read others by their names: those it `needs`. What is read once more for examples is
    `worth_keeping` even where one scan alone looks into it. Where the table or relation `over`
    has no rows, it has none.
    """

    name: str
    query: exp.Query
    needs: tuple[Shared, ...] = ()
    worth_keeping: bool = False
    over: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Joins at most one row of `shared`, under `alias`, to a base row where `on` holds.

    The shared query must hold each key once; otherwise rows would be counted twice.
    """

    alias: str
    shared: Shared
    on: exp.Expr

    @property
    def field(self) -> str | None:
        """Return the base's field that is looked up by the single column `k`, if it is so."""
        on = self.on
        if not isinstance(on, exp.EQ) or not isinstance(on.left, exp.Column):
            return None
        plain = on.left.table == ROW and on.right == exp.column(KEY, table=self.alias)
        return on.left.name if plain else None


@dataclass(frozen=True, slots=True)
class Base:
    """What is scanned: `name` tells bases apart, `query` makes the rows when it is no table.

    Hundreds of checks may name one base, so its query is made only for the one that scans it.
    `weight` is the column that says for how many rows of the data each row stands; where the
    table `over` has no rows, the query has none. It may read what it `needs` by name. A table
    counted by its field `by` has one row where the field holds a single value, and no rows
    without one: `single` then makes the rows of its bounds, which a store may keep.
    """

    name: str
    query: Callable[[], exp.Query] | None = None
    over: str | None = None
    weight: str | None = None
    needs: tuple[Shared, ...] = ()
    by: str | None = None
    single: Callable[[], exp.Query] | None = None

    @property
    def table(self) -> str:
        """Return the table without whose rows there is nothing to scan."""
        return self.over or self.name

    def source(self, kept: Kept) -> exp.Expr:
        """Return the base as it stands in FROM, under the alias of rows."""
        if self.query is None:
            return exp.to_table(self.name).as_(ROW)
        return reading(self.query(), kept).subquery(ROW)


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts base rows where `violated` is true, out of those where `counted` is (None: all).

    `examples` are expressions over the base row that name it to the steward; `values` are the
    base's columns without which, empty throughout, there is nothing to judge. A row counts
    `times` over where a lookup says so; where a base row stands for many and not all of them
    are at fault, the column `at_fault` says how many. Where the base is counted beforehand,
    `rowwise` makes the same measure over the rows themselves, to compare; examples come from
    there too, or from what `shown` makes. With a `tally`, the base's rows are few and are
    fetched: the tally reads off them what `violated` and `counted` say. What `keys` asks is the
    same once more, for an engine whose keys can be read one by one.
    """

    base: Base
    violated: exp.Expr
    counted: exp.Expr | None = None
    lookups: tuple[Lookup, ...] = ()
    examples: tuple[exp.Expr, ...] = ()
    values: tuple[str, ...] = ()
    times: exp.Expr | None = None
    at_fault: str | None = None
    rowwise: Callable[[], Measure] | None = None
    shown: Callable[[], Measure] | None = None
    tally: Tally | None = None
    keys: KeyQuestion | None = None

    def by_row(self) -> Measure:
        """Return the measure over the rows themselves."""
        return self.rowwise() if self.rowwise else self

    def to_show(self) -> Measure:
        """Return the measure whose violated rows serve as examples."""
        return self.shown() if self.shown else self.by_row()

    def count_violated(self) -> exp.Expr:
        """Return how many rows of the data violate the measure."""
        if self.at_fault is None:
            return self.count(self.violated)
        return _sum(exp.Case().when(self.violated, row(self.at_fault)))

    def count(self, condition: exp.Expr) -> exp.Expr:
        """Return how many rows of the data hold `condition`; NULL does not hold."""
        factors: list[exp.Expr] = [row(self.base.weight)] if self.base.weight else []
        factors += [self.times.copy()] if self.times is not None else []
        if not factors:
            return _count(condition)
        weight = factors[0] if len(factors) == 1 else factors[0] * factors[1]
        return _sum(exp.Case().when(condition, weight))


def row(field: str) -> exp.Column:
    """Return a column of the base row."""
    return exp.column(field, table=ROW)


def is_null(value: exp.Expr) -> exp.Expr:
    """Return `value IS NULL`."""
    return exp.Is(this=value, expression=exp.null())


def not_null(value: exp.Expr) -> exp.Expr:
    """Return `NOT value IS NULL`."""
    return exp.not_(is_null(value))


def count_rows(base: Base) -> exp.Expr:
    """Return how many rows of the data a base stands for."""
    return _sum(row(base.weight)) if base.weight else exp.Count(this=exp.Star())


def reading(query: exp.Query, kept: Kept) -> exp.Query:
    """Return a query that reads kept relations from their tables."""
    if not any(t.name in kept for t in query.find_all(exp.Table)):
        return query
    own = query.copy()
    for table in own.find_all(exp.Table):
        if table.name in kept:
            table.replace(exp.to_table(kept[table.name]).as_(table.alias or table.name))
    return own


def _count(condition: exp.Expr) -> exp.Expr:
    """Return the count; of empty fields as the difference of two counts, which cost nothing."""
    if (empty := _asked_empty(condition)) is not None:
        return exp.Count(this=exp.Star()) - exp.Count(this=empty)
    if isinstance(condition, exp.Not) and (full := _asked_empty(condition.this)) is not None:
        return exp.Count(this=full)
    return exp.CountIf(this=condition)


def _asked_empty(condition: exp.Expr) -> exp.Expr | None:
    """Return `x` where the condition is `x IS NULL`."""
    asked = condition.unnest()
    if isinstance(asked, exp.Is) and isinstance(asked.expression, exp.Null):
        value: exp.Expr = asked.this
        return value
    return None


def _sum(weights: exp.Expr) -> exp.Expr:
    total = exp.func("COALESCE", exp.Sum(this=weights), exp.Literal.number(0))
    return exp.cast(total, "BIGINT")
