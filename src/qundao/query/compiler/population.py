"""A population to SQL, step by step as `Population` lists its parts.

Entry events of one person and day go by their event id, as in Circe. Where the reference leaves
ties open, an order is fixed: then by the criterion's place in the definition, end, visit and
observation period; later limits keep, of one day's events, the one that came first so.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.eras import collapsed
from qundao.query.compiler.events import SORT_DATE, event_columns
from qundao.query.compiler.exposure import exposure_ends
from qundao.query.compiler.groups import (
    INDEX_COLUMNS,
    observation_bounds,
    passing,
    qualified_events,
    same_event,
)
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    ascending,
    both,
    col,
    day,
    descending,
    earlier,
    no_date,
    row_number,
    union_all,
    within,
)
from qundao.query.criteria import Anchor, Group
from qundao.query.population import ContinuousExposure, Entry, FixedOffset, Limit, Population
from qundao.query.values import Period

COHORT_COLUMNS = ("subject_id", "cohort_start_date", "cohort_end_date")
_E, _I, _C, _O = "e", "i", "c", "o"


def cohort_rows(plan: Plan, population: Population) -> exp.Select:
    """Return the memberships of a population: subject, start, end."""
    index = _limited(plan, included_events(plan, population), population.included_limit)
    stays = plan.step("stays", _stays(plan, population, index))
    return _cut(plan, stays, population.collapse_days, population.period)


def included_events(plan: Plan, population: Population) -> str:
    """Return the step of entry events that meet every rule, before the last limit."""
    index = qualified(plan, population)
    for rule in population.rules:
        index = _kept(plan, index, rule.group)
    return index


def qualified(plan: Plan, population: Population) -> str:
    """Return the index step of the entry events on which the inclusion rules are put."""
    index = plan.step("entry", _entry(plan, population.entry))
    index = _entered(plan, index, population.entry.limit)
    if population.additional is not None:
        index = _kept(plan, index, population.additional)
    return _limited(plan, index, population.qualified_limit)


def _entry(plan: Plan, entry: Entry) -> exp.Select:
    """Return the index relation of entry events, numbered per person in a total order."""
    events = plan.step(
        "candidates", union_all([_candidate(plan, entry, i) for i in range(len(entry.criteria))])
    )
    day_order = descending if entry.limit is Limit.LAST else ascending
    rest = ("event_id", "place", "start_date", "end_date", "visit_id")
    order: list[exp.Expr] = [day_order(col(_E, SORT_DATE)), *[col(_E, n) for n in rest]]
    query = exp.select(*[col(_E, c) for c in ("person_id", "start_date", "end_date", "visit_id")])
    query = query.from_(exp.table_(events, alias=_E))
    if entry.observation is None:
        number = row_number([col(_E, "person_id")], order)
        bounds = [no_date().as_("op_start"), no_date().as_("op_end")]
        return query.select(number.as_("event_id"), *bounds)
    start, end = observation_bounds(_O)
    number = row_number([col(_E, "person_id")], [*order, start, end])
    inside = [
        col(_O, "person_id").eq(col(_E, "person_id")),
        *within(col(_E, "start_date"), start.copy(), end.copy()),
        *within(col(_E, "start_date"), add_days(start.copy(), entry.observation.prior_days), None),
        *within(add_days(col(_E, "start_date"), entry.observation.post_days), None, end.copy()),
    ]
    query = query.join(exp.table_("observation_period", alias=_O), on=both(inside))
    return query.select(number.as_("event_id"), start.as_("op_start"), end.as_("op_end"))


def _candidate(plan: Plan, entry: Entry, place: int) -> exp.Select:
    criterion = entry.criteria[place]
    step = plan.step("events", qualified_events(plan, criterion))
    names = ("person_id", "event_id", "start_date", "end_date", "visit_id")
    sort = SORT_DATE if SORT_DATE in event_columns(criterion) else "start_date"
    listed = [*[exp.column(n) for n in names], exp.column(sort).as_(SORT_DATE)]
    return exp.select(*listed, exp.convert(place).as_("place")).from_(exp.table_(step))


def _entered(plan: Plan, index: str, limit: Limit) -> str:
    """Return the entry step with each person's first in order, or as it is."""
    if limit is Limit.ALL:
        return index
    query = exp.select(*[exp.column(c) for c in INDEX_COLUMNS]).from_(exp.table_(index))
    return plan.step("limited", query.where(exp.column("event_id").eq(exp.convert(1))))


def _limited(plan: Plan, index: str, limit: Limit) -> str:
    """Return the index step with one event per person, or as it is."""
    if limit is Limit.ALL:
        return index
    day_order = descending if limit is Limit.LAST else ascending
    order = [day_order(col(_I, "start_date")), col(_I, "event_id")]
    number = row_number([col(_I, "person_id")], order)
    listed = [col(_I, c) for c in INDEX_COLUMNS]
    rows = exp.select(*listed, number.as_("ordinal")).from_(exp.table_(index, alias=_I))
    numbered = exp.Subquery(this=rows, alias=exp.to_identifier(_E))
    query = exp.select(*[col(_E, c) for c in INDEX_COLUMNS]).from_(numbered)
    return plan.step("limited", query.where(col(_E, "ordinal").eq(exp.convert(1))))


def _kept(plan: Plan, index: str, group: Group) -> str:
    """Return the index step with the events for which a group holds."""
    kept = plan.step("passing", passing(plan, group, index))
    query = exp.select(*[col(_E, c) for c in INDEX_COLUMNS]).from_(exp.table_(index, alias=_E))
    return plan.step("kept", query.join(exp.table_(kept, alias=_I), on=same_event(_I, _E)))


def _stays(plan: Plan, population: Population, index: str) -> exp.Select:
    """Return each person, start and end once: the earliest end that is not before the start.

    Once, because the islands below are numbered in the order of start and end: a tie there
    would leave that order open.
    """
    exits = _exits(plan, population, index)
    exits += [
        _censored(plan.step("events", qualified_events(plan, c)), index)
        for c in population.censoring
    ]
    ends = plan.step("ends", union_all(exits))
    on = both(
        [
            same_event(_C, _I),
            exp.GTE(this=col(_C, "end_date"), expression=col(_I, "start_date")),
        ]
    )
    return (
        exp.select(
            col(_I, "person_id"),
            col(_I, "start_date"),
            exp.Min(this=col(_C, "end_date")).as_("end_date"),
        )
        .distinct()
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(ends, alias=_C), on=on)
        .group_by(col(_I, "person_id"), col(_I, "event_id"), col(_I, "start_date"))
    )


def _exits(plan: Plan, population: Population, index: str) -> list[exp.Select]:
    """Return the ends that the exit gives: `person_id, event_id, end_date`."""
    strategy = population.exit
    last = col(_I, "op_end")
    if isinstance(strategy, FixedOffset):
        anchor = "start_date" if strategy.anchor is Anchor.START else "end_date"
        offset = add_days(col(_I, anchor), strategy.days)
        return [_ending(index, earlier(last, offset))]
    ends = [_ending(index, last)]
    if isinstance(strategy, ContinuousExposure):
        ends.append(exposure_ends(plan, strategy, index))
    return ends


def _ending(index: str, last: exp.Expr) -> exp.Select:
    listed = [col(_I, "person_id"), col(_I, "event_id"), last.as_("end_date")]
    return exp.select(*listed).from_(exp.table_(index, alias=_I))


def _censored(events: str, index: str) -> exp.Select:
    """Return the first censoring event on or after each start, within observation."""
    after = exp.GTE(this=col(_C, "start_date"), expression=col(_I, "start_date"))
    open_end = exp.Coalesce(this=col(_I, "op_end"), expressions=[col(_C, "start_date")])
    before = exp.LTE(this=col(_C, "start_date"), expression=open_end)
    on = both([col(_C, "person_id").eq(col(_I, "person_id")), after, before])
    first = exp.Min(this=col(_C, "start_date")).as_("end_date")
    return (
        exp.select(col(_I, "person_id"), col(_I, "event_id"), first)
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(events, alias=_C), on=on)
        .group_by(col(_I, "person_id"), col(_I, "event_id"))
    )


def _cut(plan: Plan, stays: str, pad: int, period: Period | None) -> exp.Select:
    """Return stays merged where they touch (within `pad` days), cut to a calendar period."""
    eras = plan.step("eras", collapsed(plan, stays, pad))
    start: exp.Expr = col(_C, "start_date")
    end: exp.Expr = col(_C, "end_date")
    if period is not None and period.first is not None:
        start = exp.Case().when(start.copy() < day(period.first), day(period.first)).else_(start)
    if period is not None and period.last is not None:
        end = exp.Case().when(end.copy() > day(period.last), day(period.last)).else_(end)
    values = (col(_C, "person_id"), start, end)
    listed = [v.as_(n) for v, n in zip(values, COHORT_COLUMNS, strict=True)]
    query = exp.select(*listed).from_(exp.table_(eras, alias=_C))
    return (
        query if period is None else query.where(exp.LTE(this=start.copy(), expression=end.copy()))
    )
