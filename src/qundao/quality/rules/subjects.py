"""Rules whose unit is the person or subject: who is missing, whose periods overlap."""

from __future__ import annotations

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.key_sets import KeyColumn, KeyQuestion
from qundao.quality.measure import Base, Lookup, Measure, Shared, is_null, not_null, row
from qundao.quality.rules.common import distinct, target
from qundao.quality.rules.dates import days_after
from qundao.quality.rules.key_blocks import held_by
from qundao.quality.rules.observation import observed_spans, persons_with_several_periods
from qundao.quality.source import Source


def person_completeness(check: Check, source: Source) -> Measure:
    """Violated: a person without a row in the table. Counted: persons."""
    source.need("person", "person_id")
    return _without(Base("person"), KeyColumn("person", "person_id"), check.table, source)


def condition_era_completeness(check: Check, source: Source) -> Measure:
    """Violated: a person with a mapped condition and no era. Counted: persons with one."""
    source.need("condition_occurrence", "person_id", "condition_concept_id")
    mapped = exp.column("condition_concept_id").neq(0)
    persons = _each_once("condition_occurrence", "person_id").where(mapped)
    base = Base("persons_with_conditions", lambda: persons, "condition_occurrence")
    own = KeyColumn("condition_occurrence", "person_id", mapped.copy())
    return _without(base, own, check.table, source)


def subject_completeness(check: Check, source: Source) -> Measure:
    """Violated: a subject with the argument's field filled who is not in the dataset."""
    table, field = target(check)
    source.need(table, "usubjid", field)
    filled = source.present(table, field, table)
    query = _each_once(table, "usubjid").where(filled)
    base = Base(f"{table}_with_{field}", lambda: query, table)
    return _without(base, KeyColumn(table, "usubjid", filled.copy()), check.table, source)


def observation_period_overlap(check: Check, source: Source) -> Measure:
    """Violated: a person with a period that starts by the day after another's end."""
    period = check.table
    start, end = f"{period}_start_date", f"{period}_end_date"
    source.need(period, "person_id", start, end)
    spans, several = observed_spans(source), persons_with_several_periods(source)
    next_start = exp.Window(
        this=exp.Lead(this=source.day(period, start, period)),
        partition_by=[exp.column("person_id")],
        order=exp.Order(expressions=[exp.Ordered(this=source.day(period, start, period))]),
    )
    day_after = days_after(source.day(period, end, period), 1)
    ordered = exp.select("person_id", next_start.as_("next_start"), day_after.as_("day_after"))
    among = exp.In(
        this=exp.column("person_id"), query=exp.select("k").from_(several.name).subquery()
    )
    touching = (
        exp.select(exp.column("person_id").as_("k"))
        .distinct()
        .from_(ordered.from_(period).where(among).subquery("periods"))
        .where(exp.column("next_start") <= exp.column("day_after"))
    )
    persons = exp.select(exp.column("k").as_("person_id")).from_(spans.name)
    base = Base("persons_observed", lambda: persons, period, needs=(spans,))
    alias = "touching"
    shared = Shared("persons_with_touching_periods", touching, (spans, several), over=several.name)
    lookup = Lookup(alias, shared, row("person_id").eq(exp.column("k", table=alias)))
    touches = not_null(exp.column("k", table=alias))
    return Measure(base, touches, lookups=(lookup,), examples=(row("person_id"),))


def _without(base: Base, own: KeyColumn, table: str, source: Source) -> Measure:
    """Return the measure of base rows, the `own` column's, whose key the table does not hold."""
    key = own.field
    source.need(table, key)
    if source.actual(table, key) is source.actual(base.table, key) is Kind.INTEGER:
        lookup, held = held_by(table, key)
        asked = KeyQuestion(own, KeyColumn(table, key), each_once=base.query is not None)
        return Measure(base, exp.not_(held), None, (lookup,), (row(key),), keys=asked)
    alias = f"in_{table}"
    lookup = Lookup(alias, distinct(table, key), row(key).eq(exp.column("k", table=alias)))
    missing = is_null(exp.column("k", table=alias))
    return Measure(base, missing, None, (lookup,), (row(key),))


def _each_once(table: str, key: str) -> exp.Select:
    column = exp.column(key)
    return exp.select(column).distinct().from_(table).where(not_null(column.copy()))
