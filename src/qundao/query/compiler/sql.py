"""Small pieces of SQL, as expressions. No SQL text is parsed and no value pasted into text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce

from sqlglot import exp

from qundao.query.values import DateRange, NumberRange, Op


def col(table: str, name: str) -> exp.Column:
    """Return `table.name`."""
    return exp.column(name, table=table)


def number(value: float) -> exp.Expr:
    """Return a number as a literal."""
    return exp.convert(int(value) if float(value).is_integer() else value)


def text(value: str) -> exp.Expr:
    """Return a text as a literal, escaped by the dialect."""
    return exp.Literal.string(value)


def day(value: date) -> exp.Expr:
    """Return a date as a literal."""
    return as_date(exp.Literal.string(value.isoformat()))


def as_date(value: exp.Expr) -> exp.Expr:
    """Return a value cast to a date."""
    return exp.cast(value, exp.DType.DATE)


def no_date() -> exp.Expr:
    """Return a null of type date."""
    return as_date(exp.null())


def add_days(value: exp.Expr, days: int | exp.Expr) -> exp.Expr:
    """Return a date some days later (earlier if negative)."""
    amount = exp.convert(days) if isinstance(days, int) else days
    if days == 0:
        return value
    return as_date(exp.DateAdd(this=value, expression=amount, unit=exp.var("DAY")))


def days_between(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Return the days from `first` to `last`."""
    return exp.DateDiff(this=last, expression=first, unit=exp.var("DAY"))


def year(value: exp.Expr) -> exp.Expr:
    """Return the calendar year of a date."""
    return exp.Extract(this=exp.var("YEAR"), expression=value)


def earlier(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """Return the earlier of two dates; `b` if either is null. Engines differ on LEAST of nulls."""
    return exp.Case().when(exp.LTE(this=a, expression=b), a.copy()).else_(b.copy())


def both(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Return the conjunction of conditions; TRUE for none."""
    listed = list(conditions)
    return exp.and_(*listed) if listed else exp.true()


def within(value: exp.Expr, low: exp.Expr | None, high: exp.Expr | None) -> list[exp.Expr]:
    """Return conditions that hold a value between two ends, both included, each optional."""
    conditions: list[exp.Expr] = []
    if low is not None:
        conditions.append(exp.GTE(this=value.copy(), expression=low))
    if high is not None:
        conditions.append(exp.LTE(this=value.copy(), expression=high))
    return conditions


_COMPARISONS = {
    Op.LT: exp.LT,
    Op.LTE: exp.LTE,
    Op.EQ: exp.EQ,
    Op.NE: exp.NEQ,
    Op.GT: exp.GT,
    Op.GTE: exp.GTE,
}


def in_range(value: exp.Expr, asked: NumberRange | DateRange) -> exp.Expr:
    """Return the comparison that a range asks for. A null never compares."""
    if not asked.op.two_ended:
        return _COMPARISONS[asked.op](this=value, expression=_literal(asked.value))
    assert asked.extent is not None  # the range's constructor requires it
    between = exp.Between(this=value, low=_literal(asked.value), high=_literal(asked.extent))
    return exp.not_(between) if asked.op is Op.NOT_BT else between


def _literal(value: float | date) -> exp.Expr:
    return day(value) if isinstance(value, date) else number(value)


def is_in(value: exp.Expr, ids: Sequence[int]) -> exp.Expr:
    """Return whether a value is one of some concept ids."""
    return exp.In(this=value, expressions=[exp.convert(i) for i in sorted(set(ids))])


def in_rows(value: exp.Expr, rows: exp.Query) -> exp.Expr:
    """Return whether a value is among the rows of a one-column query."""
    return exp.In(this=value, query=exp.Subquery(this=rows))


def row_number(partition: Sequence[exp.Expr], order: Sequence[exp.Expr]) -> exp.Expr:
    """Return `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`, nulls last in every engine."""
    return exp.Window(
        this=exp.RowNumber(),
        partition_by=[p.copy() for p in partition],
        order=exp.Order(expressions=[ascending(o) for o in order]),
    )


def ascending(value: exp.Expr) -> exp.Ordered:
    """Return an ascending sort key with nulls last, unless it already is a sort key."""
    if isinstance(value, exp.Ordered):
        return value.copy()
    return exp.Ordered(this=value.copy(), desc=False, nulls_first=False)


def descending(value: exp.Expr) -> exp.Ordered:
    """Return a descending sort key with nulls last."""
    return exp.Ordered(this=value.copy(), desc=True, nulls_first=False)


def union_all(queries: Sequence[exp.Query]) -> exp.Query:
    """Return the rows of all queries, one after the other."""
    return reduce(lambda a, b: exp.union(a, b, distinct=False, copy=False), queries)


def count_rows() -> exp.Expr:
    """Return `COUNT(*)`."""
    return exp.Count(this=exp.Star())


def count_distinct(value: exp.Expr) -> exp.Expr:
    """Return `COUNT(DISTINCT value)`."""
    return exp.Count(this=exp.Distinct(expressions=[value]))
