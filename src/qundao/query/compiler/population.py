"""A population to SQL, step by step as `Population` lists its parts.

Entry events of one person and day go by their event id, as in Circe. Where the reference leaves
ties open, an order is fixed: then by the criterion's place in the definition, end, visit and
observation period.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.groups import (
    INDEX_COLUMNS,
    observation_bounds,
    passing,
    qualified_events,
)
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    as_date,
    ascending,
    both,
    col,
    day,
    descending,
    earlier,
    in_rows,
    no_date,
    row_number,
    union_all,
    within,
)
from qundao.query.criteria import Anchor, Group
from qundao.query.population import Entry, FixedOffset, Limit, Period, Population

COHORT_COLUMNS = ("subject_id", "cohort_start_date", "cohort_end_date")
_E, _I, _C, _O = "e", "i", "c", "o"


def cohort_rows(plan: Plan, population: Population) -> exp.Select:
    """Return the memberships of a population: subject, start, end."""
    index = plan.step("entry", _entry(plan, population.entry))
    index = _limited(plan, index, population.entry.limit)
    if population.additional is not None:
        index = _kept(plan, index, population.additional)
    index = _limited(plan, index, population.qualified_limit)
    for rule in population.rules:
        index = _kept(plan, index, rule.group)
    index = _limited(plan, index, population.included_limit)
    stays = plan.step("stays", _stays(plan, population, index))
    return _cut(plan, stays, population.collapse_days, population.period)


def _entry(plan: Plan, entry: Entry) -> exp.Select:
    """Return the index relation of entry events, numbered in a total order."""
    events = plan.step(
        "candidates", union_all([_candidate(plan, entry, i) for i in range(len(entry.criteria))])
    )
    names = ("person_id", "start_date", "event_id", "place", "end_date", "visit_id")
    query = exp.select(*[col(_E, c) for c in ("person_id", "start_date", "end_date", "visit_id")])
    query = query.from_(exp.table_(events, alias=_E))
    order = [col(_E, n) for n in names]
    if entry.observation is None:
        number = row_number([], order)
        bounds = [no_date().as_("op_start"), no_date().as_("op_end")]
        return query.select(number.as_("event_id"), *bounds)
    start, end = observation_bounds(_O)
    number = row_number([], [*order, start, end])
    inside = [
        col(_O, "person_id").eq(col(_E, "person_id")),
        *within(col(_E, "start_date"), start.copy(), end.copy()),
        *within(col(_E, "start_date"), add_days(start.copy(), entry.observation.prior_days), None),
        *within(add_days(col(_E, "start_date"), entry.observation.post_days), None, end.copy()),
    ]
    query = query.join(exp.table_("observation_period", alias=_O), on=both(inside))
    return query.select(number.as_("event_id"), start.as_("op_start"), end.as_("op_end"))


def _candidate(plan: Plan, entry: Entry, place: int) -> exp.Select:
    step = plan.step("events", qualified_events(plan, entry.criteria[place]))
    names = ("person_id", "event_id", "start_date", "end_date", "visit_id")
    listed = [exp.column(n) for n in names]
    return exp.select(*listed, exp.convert(place).as_("place")).from_(exp.table_(step))


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
    ids = exp.select("event_id").from_(exp.table_(kept))
    query = exp.select(*[exp.column(c) for c in INDEX_COLUMNS]).from_(exp.table_(index))
    return plan.step("kept", query.where(in_rows(exp.column("event_id"), ids)))


def _stays(plan: Plan, population: Population, index: str) -> exp.Select:
    """Return each person, start and end once: the earliest end that is not before the start.

    Once, because the islands below are numbered in the order of start and end: a tie there
    would leave that order open.
    """
    exits = [_exit(population, index)]
    exits += [
        _censored(plan.step("events", qualified_events(plan, c)), index)
        for c in population.censoring
    ]
    ends = plan.step("ends", union_all(exits))
    on = both(
        [
            col(_C, "event_id").eq(col(_I, "event_id")),
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
        .group_by(col(_I, "event_id"), col(_I, "person_id"), col(_I, "start_date"))
    )


def _exit(population: Population, index: str) -> exp.Select:
    last: exp.Expr = col(_I, "op_end")
    strategy = population.exit
    if isinstance(strategy, FixedOffset):
        anchor = "start_date" if strategy.anchor is Anchor.START else "end_date"
        offset = add_days(col(_I, anchor), strategy.days)
        bound = exp.Coalesce(this=last, expressions=[offset.copy()])
        last = earlier(offset, bound)
    listed = [col(_I, "event_id"), last.as_("end_date")]
    return exp.select(*listed).from_(exp.table_(index, alias=_I))


def _censored(events: str, index: str) -> exp.Select:
    """Return the first censoring event on or after each start, within observation."""
    after = exp.GTE(this=col(_C, "start_date"), expression=col(_I, "start_date"))
    open_end = exp.Coalesce(this=col(_I, "op_end"), expressions=[col(_C, "start_date")])
    before = exp.LTE(this=col(_C, "start_date"), expression=open_end)
    on = both([col(_C, "person_id").eq(col(_I, "person_id")), after, before])
    first = exp.Min(this=col(_C, "start_date")).as_("end_date")
    return (
        exp.select(col(_I, "event_id"), first)
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(events, alias=_C), on=on)
        .group_by(col(_I, "event_id"))
    )


def _cut(plan: Plan, stays: str, pad: int, period: Period | None) -> exp.Select:
    """Return stays merged where they touch (within `pad` days), cut to a calendar period."""
    eras = plan.step("eras", _collapsed(plan, stays, pad))
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


def _collapsed(plan: Plan, stays: str, pad: int) -> exp.Select:
    """Return a person's stays merged: gaps and islands over the padded ends."""
    islands = plan.step("islands", _islands(plan.step("starts", _starts(stays, pad))))
    last = exp.Max(this=col(_C, "padded_end"))
    return (
        exp.select(
            col(_C, "person_id"),
            exp.Min(this=col(_C, "start_date")).as_("start_date"),
            add_days(last, -pad).as_("end_date"),
        )
        .from_(exp.table_(islands, alias=_C))
        .group_by(col(_C, "person_id"), col(_C, "island"))
    )


def _starts(stays: str, pad: int) -> exp.Select:
    """Return each stay with the latest padded end before it, in order of start."""
    padded = as_date(add_days(col(_C, "end_date"), pad))
    order = [col(_C, "start_date"), col(_C, "end_date")]
    before = _running(exp.Max(this=padded.copy()), order, last="1 PRECEDING")
    names = [col(_C, "person_id"), col(_C, "start_date"), col(_C, "end_date")]
    return exp.select(*names, padded.as_("padded_end"), before.as_("before")).from_(
        exp.table_(stays, alias=_C)
    )


def _islands(starts: str) -> exp.Select:
    """Return each stay with its island's number: a new one unless an earlier end reaches it."""
    touches = exp.GTE(this=col(_C, "before"), expression=col(_C, "start_date"))
    new = exp.Case().when(touches, exp.convert(0)).else_(exp.convert(1))
    order = [col(_C, "start_date"), col(_C, "end_date")]
    island = _running(exp.Sum(this=new), order, last="CURRENT ROW")
    names = [col(_C, c) for c in ("person_id", "start_date", "padded_end")]
    return exp.select(*names, island.as_("island")).from_(exp.table_(starts, alias=_C))


def _running(aggregate: exp.Expr, order: list[exp.Column], last: str) -> exp.Window:
    side, _, kind = last.rpartition(" ")
    spec = exp.WindowSpec(
        kind="ROWS",
        start="UNBOUNDED",
        start_side="PRECEDING",
        end="CURRENT ROW" if last == "CURRENT ROW" else exp.convert(int(side)),
        end_side=None if last == "CURRENT ROW" else kind,
    )
    return exp.Window(
        this=aggregate,
        partition_by=[col(_C, "person_id")],
        order=exp.Order(expressions=[ascending(o) for o in order]),
        spec=spec,
    )
