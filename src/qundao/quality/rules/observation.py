"""Rules about observation periods: events lie within one.

Most persons have a single period, and then its two days tell. Only for persons with several is
each date held against each period.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import ROW, Lookup, Measure, Shared, is_null, not_null, row
from qundao.quality.rules.common import first_per, only_field, over_rows
from qundao.quality.source import Source

_PERIOD = "observation_period"
_START, _END = f"{_PERIOD}_start_date", f"{_PERIOD}_end_date"
_SPAN = "span_of"


def within_observation_period(check: Check, source: Source) -> Measure:
    """Violated: in none of the person's observation periods. Counted: rows with a date."""
    source.need(_PERIOD, "person_id", _START, _END)
    source.need(check.table, "person_id")
    field = only_field(check)
    own = source.day(check.table, field)
    spans = Lookup(_SPAN, observed_spans(source), row("person_id").eq(_span("k")))
    dates = _observed_dates(check, source)
    several = Lookup(f"observed_{field}", dates, _same_day(field, own))
    outside = exp.or_(
        is_null(_span("k")),
        own < _span("first_day"),
        own.copy() > _span("last_day"),
        exp.and_(_span("periods") > 1, is_null(exp.column("k", table=several.alias))),
    )
    there = not_null(own.copy())
    return over_rows(check, source, exp.and_(there, outside), there.copy(), spans, several)


def observed_spans(source: Source) -> Shared:
    """Return each person's first and last observed day, and how many periods."""
    facts = (
        exp.Min(this=source.day(_PERIOD, _START, _PERIOD)).as_("first_day"),
        exp.Max(this=source.day(_PERIOD, _END, _PERIOD)).as_("last_day"),
        exp.Count(this=exp.Star()).as_("periods"),
    )
    return first_per("observed_spans", _PERIOD, "person_id", *facts)


def persons_with_several_periods(source: Source) -> Shared:
    """Return the persons of whom one span does not tell all."""
    spans = observed_spans(source)
    several = exp.select("k").from_(spans.name).where(exp.column("periods") > 1)
    return Shared("persons_with_several_periods", several, (spans,))


def _observed_dates(check: Check, source: Source) -> Shared:
    """Return person and date, each pair once, inside a period of a person with several."""
    own = source.day(check.table, only_field(check), ROW)
    start, end = source.day(_PERIOD, _START, "p"), source.day(_PERIOD, _END, "p")
    persons = persons_with_several_periods(source)
    same_person = exp.column("person_id", table="p").eq(row("person_id"))
    inside = exp.and_(same_person, start <= own, own.copy() <= end)
    query = (
        exp.select(row("person_id").as_("k"), own.copy().as_("d"))
        .distinct()
        .from_(exp.to_table(check.table).as_(ROW))
        .join(exp.to_table(_PERIOD).as_("p"), on=inside)
        .where(exp.In(this=row("person_id"), query=exp.select("k").from_(persons.name).subquery()))
    )
    name = f"observed_{check.table}_{only_field(check)}_dates"
    return Shared(name, query, (*persons.needs, persons), over=persons.name)


def _same_day(field: str, own: exp.Expr) -> exp.Expr:
    alias = f"observed_{field}"
    same_person = row("person_id").eq(exp.column("k", table=alias))
    return exp.and_(same_person, own.copy().eq(exp.column("d", table=alias)))


def _span(fact: str) -> exp.Column:
    return exp.column(fact, table=_SPAN)
