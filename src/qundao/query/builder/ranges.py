"""Comparisons by keyword: `at_least=18`, `between=(1, 5)`."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

from qundao.query.codes import invalid
from qundao.query.values import DateRange, NumberRange, Op


class Numbers(TypedDict, total=False):
    """How a number is compared: just one of these."""

    at_least: float
    above: float
    at_most: float
    below: float
    equal_to: float
    other_than: float
    between: tuple[float, float]
    outside: tuple[float, float]


class Dates(TypedDict, total=False):
    """How a date is compared: just one of these."""

    on_or_after: date
    after: date
    on_or_before: date
    before: date
    between: tuple[date, date]
    outside: tuple[date, date]


_OPS = {
    "at_least": Op.GTE,
    "above": Op.GT,
    "at_most": Op.LTE,
    "below": Op.LT,
    "equal_to": Op.EQ,
    "other_than": Op.NE,
    "on_or_after": Op.GTE,
    "after": Op.GT,
    "on_or_before": Op.LTE,
    "before": Op.LT,
    "between": Op.BT,
    "outside": Op.NOT_BT,
}


def number_range(asked: Numbers) -> NumberRange:
    """Return the comparison that a keyword asks for. Raises `query.invalid` unless it is one."""
    return NumberRange(*_only(dict(asked)))


def date_range(asked: Dates) -> DateRange:
    """Return the comparison that a keyword asks for. Raises `query.invalid` unless it is one."""
    return DateRange(*_only(dict(asked)))


def _only(asked: dict[str, Any]) -> tuple[Any, ...]:
    """Return the operator and its one or two values."""
    known = [name for name in asked if name in _OPS]
    if len(asked) != 1 or not known:
        names = ", ".join(_OPS)
        received = ", ".join(sorted(asked)) or "–"
        raise invalid("range", received, f"恰好一个：{names}", f"just one of: {names}")
    ((name, value),) = asked.items()
    return (_OPS[name], *value) if _OPS[name].two_ended else (_OPS[name], value)
