"""Rules of CDISC: dates as text, agreement between datasets, days counted from one."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import ROW, Lookup, Measure, not_null, row
from qundao.quality.rules.common import first_per, only_field, over_rows, target
from qundao.quality.source import Source

_MONTH_AND_DAY = (
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|[12][0-9])"
)
_TIME = "T([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_WITH_HOLES = "([0-9]{4}|-)-(0[1-9]|1[0-2]|-)-(0[1-9]|[12][0-9]|3[01]|-)"
ISO_8601 = (
    f"^([0-9]{{4}}(-(0[1-9]|1[0-2]))?|[0-9]{{4}}-({_MONTH_AND_DAY})({_TIME})?"
    f"|{_WITH_HOLES}({_TIME})?)$"
)
"""A date or time after SDTMIG 3.2, 4.1.4: right-truncated, or with `-` for a missing part."""


def iso_8601(check: Check, source: Source) -> Measure:
    """Violated: text that is no ISO 8601 date, whole or in part. Counted: rows with text."""
    field = only_field(check)
    there = source.present(check.table, field)
    pattern = exp.Literal.string(ISO_8601)
    good = exp.RegexpLike(this=source.text(check.table, field), expression=pattern)
    return over_rows(check, source, exp.and_(there, exp.not_(good)), there.copy())


def agrees_with(check: Check, source: Source) -> Measure:
    """Violated: another value than the subject's in `table.field`. Counted: rows with both.

    A date agrees with a date and time on the same day.
    """
    field = only_field(check)
    table, other = target(check)
    source.need(table, "usubjid", other)
    source.need(check.table, "usubjid")
    alias = f"other_{table}_{other}"
    compared = _comparable(source.declared(check.table, field))
    smallest = exp.Min(this=compared(source, table, other, table)).as_("v")
    shared = first_per(f"{table}_{other}", table, "usubjid", smallest)
    lookup = Lookup(alias, shared, row("usubjid").eq(exp.column("k", table=alias)))
    mine, theirs = compared(source, check.table, field, ROW), exp.column("v", table=alias)
    counted = exp.and_(source.present(check.table, field), not_null(theirs))
    return over_rows(
        check, source, exp.and_(counted.copy(), mine.neq(theirs.copy())), counted, lookup
    )


def elapsed_days(check: Check, source: Source) -> Measure:
    """Violated: not `end - start + 1` days (argument `start|end`). Counted: rows with all three.

    ADaM has no day 0 (ADaMIG 1.1, 3.3.3).
    """
    field = only_field(check)
    start, end = check.argument.split("|")
    source.need(check.table, start, end)
    days = exp.DateDiff(
        this=source.day(check.table, end),
        expression=source.day(check.table, start),
        unit=exp.var("DAY"),
    )
    counted = exp.and_(*(not_null(row(f)) for f in (field, start, end)))
    differs = source.value(check.table, field).neq(days + 1)
    return over_rows(check, source, exp.and_(counted.copy(), differs), counted)


def _comparable(kind: Kind) -> Callable[[Source, str, str, str], exp.Expr]:
    """Return how two fields are made comparable, by the kind that the first declares."""
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return Source.value
    return _day if kind in (Kind.DATE, Kind.DATETIME) else Source.text


def _day(source: Source, table: str, field: str, alias: str) -> exp.Expr:
    text = source.text(table, field, alias)
    return exp.Left(this=text, expression=exp.Literal.number(10))
