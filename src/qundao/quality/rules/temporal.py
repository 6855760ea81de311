"""Rules about time: order of dates, life, visits."""

from __future__ import annotations

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import Lookup, Measure, not_null, row
from qundao.quality.rules.common import first_per, only_field, over_rows, target
from qundao.quality.rules.dates import days_after
from qundao.quality.rules.lookups import (
    AROUND_FROM,
    AROUND_UNTIL,
    BIRTH_DAY,
    BIRTH_MIDYEAR,
    person_of,
    visit_of,
)
from qundao.quality.source import Source

_AFTER_DEATH_DAYS = 60


def temporal_after(check: Check, source: Source) -> Measure:
    """Violated: before the date that the argument names, of the person or of the same row."""
    table, field = target(check)
    source.need(table, field)
    own = source.day(check.table, only_field(check))
    if table == check.table:
        return over_rows(check, source, source.day(table, field) > own)
    if field == "birth_datetime":
        lookup, birth = _birth(source, BIRTH_MIDYEAR)
        return over_rows(check, source, birth > own, None, lookup)
    raise ValueError(f"a field of the same row or person.birth_datetime, got {check.argument}")


def after_birth(check: Check, source: Source) -> Measure:
    """Violated: before birth. Counted: rows with a date."""
    lookup, birth = _birth(source, BIRTH_DAY)
    own = source.day(check.table, only_field(check))
    return over_rows(check, source, own < birth, not_null(own.copy()), lookup)


def during_life(check: Check, source: Source) -> Measure:
    """Violated: more than 60 days after death. Counted: rows of the dead."""
    late, died, lookup = _after_death(check, source)
    return over_rows(check, source, late, not_null(died), lookup)


def before_death(check: Check, source: Source) -> Measure:
    """Violated: more than 60 days after death. Counted: rows with a date, of the dead."""
    late, died, lookup = _after_death(check, source)
    own = source.day(check.table, only_field(check))
    return over_rows(check, source, late, exp.and_(not_null(own), not_null(died)), lookup)


def _after_death(check: Check, source: Source) -> tuple[exp.Expr, exp.Expr, Lookup]:
    """Return the condition, the day of death, and the lookup that brings it."""
    source.need("death", "person_id", "death_date")
    source.need(check.table, "person_id")
    lookup = source.once("death_of", lambda: _death_of(source))
    died = _of("death_of", "death_day")
    own = source.day(check.table, only_field(check))
    return own > _of("death_of", "until"), died, lookup


def _death_of(source: Source) -> Lookup:
    death_day = source.day("death", "death_date", "death")
    facts = (
        exp.Min(this=death_day).as_("death_day"),
        days_after(exp.Min(this=death_day.copy()), _AFTER_DEATH_DAYS).as_("until"),
    )
    shared = first_per("deaths", "death", "person_id", *facts)
    return Lookup("death_of", shared, row("person_id").eq(_of("death_of", "k")))


def start_before_end(check: Check, source: Source) -> Measure:
    """Violated: the start is after the end. Counted: rows with an end.

    CDISC writes dates as text, perhaps in part (ISO 8601): what both have is compared.
    """
    start, end = only_field(check), check.argument
    source.need(check.table, end)
    if source.declared(check.table, start) is Kind.TEXT:
        first, second = source.text(check.table, start), source.text(check.table, end)
        counted = exp.and_(*(source.present(check.table, f) for f in (start, end)))
        return over_rows(check, source, exp.and_(counted, _later(first, second)), counted.copy())
    first, second = source.value(check.table, start), source.value(check.table, end)
    return over_rows(check, source, first > second, not_null(second.copy()))


def within_visit(check: Check, source: Source) -> Measure:
    """Violated: over 7 days away from the visit. Counted: rows whose visit is known."""
    visit, key = "visit_occurrence", "visit_occurrence_id"
    source.need(visit, key, "visit_start_date", "visit_end_date")
    source.need(check.table, key)
    lookup = visit_of(source)
    own = source.day(check.table, only_field(check))
    early = own < _of(lookup.alias, AROUND_FROM)
    late = own.copy() > _of(lookup.alias, AROUND_UNTIL)
    return over_rows(check, source, exp.or_(early, late), not_null(_of(lookup.alias, "k")), lookup)


def _birth(source: Source, day: str) -> tuple[Lookup, exp.Expr]:
    source.need("person", "person_id", "year_of_birth")
    lookup = person_of(source)
    return lookup, _of(lookup.alias, day)


def _later(first: exp.Expr, second: exp.Expr) -> exp.Expr:
    """Return whether ISO text `first` is after `second`, by as much as both tell."""
    shorter = exp.Least(
        this=exp.Length(this=first.copy()), expressions=[exp.Length(this=second.copy())]
    )
    return exp.Left(this=first, expression=shorter) > exp.Left(
        this=second, expression=shorter.copy()
    )


def _of(alias: str, field: str) -> exp.Column:
    return exp.column(field, table=alias)
