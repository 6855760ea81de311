"""Rules about a single value: there, of the right type, a known term, not out of bounds."""

from __future__ import annotations

from datetime import timedelta

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import Measure, not_null, row
from qundao.quality.rules.common import only_field, over_rows
from qundao.quality.source import Source


def required(check: Check, source: Source) -> Measure:
    """Violated: the field is empty. Counted: every row."""
    return over_rows(check, source, source.absent(check.table, only_field(check)))


def datatype(check: Check, source: Source) -> Measure:
    """Violated: a value is not written as an unsigned integer, as the reference has it.

    A column's type alone proves nothing: negative numbers count too.
    """
    field = only_field(check)
    value = row(field)
    actual = source.actual(check.table, field)
    if actual is Kind.INTEGER:
        bad: exp.Expr = value < 0
    elif actual is Kind.NUMBER:
        bad = exp.or_(value < 0, value.copy().neq(exp.Floor(this=value.copy())))
    else:
        digits = exp.RegexpLike(
            this=exp.cast(value, "TEXT"), expression=exp.Literal.string("^[0-9]+$")
        )
        bad = exp.and_(not_null(value.copy()), exp.not_(digits))
    return over_rows(check, source, bad)


def controlled_term(check: Check, source: Source) -> Measure:
    """Violated: a value is none of the terms `A|B|…`. Counted: rows with a value."""
    field = only_field(check)
    terms = [exp.Literal.string(t) for t in check.argument.split("|")]
    there = source.present(check.table, field)
    known = exp.In(this=source.text(check.table, field), expressions=terms)
    return over_rows(check, source, exp.and_(there, exp.not_(known)), there.copy())


def too_low(check: Check, source: Source) -> Measure:
    """Violated: below the bound. Counted: rows with a value."""
    value, bound = _against_bound(check, source)
    return over_rows(check, source, value < bound, not_null(row(only_field(check))))


def too_high(check: Check, source: Source) -> Measure:
    """Violated: above the bound. Counted: rows with a value."""
    value, bound = _against_bound(check, source)
    return over_rows(check, source, value > bound, not_null(row(only_field(check))))


def _against_bound(check: Check, source: Source) -> tuple[exp.Expr, exp.Expr]:
    """Return the value and its bound, both as dates where the field holds dates."""
    field = only_field(check)
    if source.declared(check.table, field) in (Kind.DATE, Kind.DATETIME):
        day = _day(check.argument, source)
        return source.day(check.table, field), exp.cast(exp.Literal.string(day), "DATE")
    number = str(source.today.year + 1) if check.argument == "next_year" else check.argument
    return source.value(check.table, field), exp.Literal.number(number)


def _day(argument: str, source: Source) -> str:
    """Return an ISO date; `tomorrow` leaves room for clocks ahead of this one."""
    if argument == "tomorrow":
        return (source.today + timedelta(days=1)).isoformat()
    return argument
