"""Groups to SQL: which of some index events have what is asked around them.

An index relation has the columns `person_id, event_id, start_date, end_date, visit_id, op_start,
op_end`; the last two bound its observation period and may be null. Person and event id name an
event. Where one stands in several observation periods (periods that overlap, keys that repeat)
its rows are counted together, as in Circe.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.attributes import person_holds
from qundao.query.compiler.events import COUNTED, event_columns, event_rows
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    as_date,
    both,
    col,
    count_distinct,
    days_between,
    union_all,
    within,
)
from qundao.query.criteria import (
    Anchor,
    Counting,
    Criterion,
    Dated,
    Demographic,
    Distinct,
    Group,
    Mode,
    Near,
    Window,
)

INDEX_COLUMNS = (
    "person_id",
    "event_id",
    "start_date",
    "end_date",
    "visit_id",
    "op_start",
    "op_end",
)
_I, _A, _P, _O = "i", "a", "p", "o"


def passing(plan: Plan, group: Group, index: str) -> exp.Select:
    """Return `person_id, event_id` of the index relation (a step) for which the group holds."""
    if not group.parts:
        return _keys().from_(exp.table_(index, alias=_I)).distinct()
    parts = [_part(plan, part, index) for part in group.parts]
    step = plan.step("parts", union_all(parts))
    held = exp.Count(this=col(_A, "event_id"))
    join = "left" if _none_will_do(group) else "inner"
    query = (
        _keys()
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(step, alias=_A), on=same_event(_A, _I), join_type=join)
        .group_by(*[k.copy() for k in KEYS])
    )
    return query.having(_enough(held, group, len(parts)))


KEYS = (col(_I, "person_id"), col(_I, "event_id"))


def _keys() -> exp.Select:
    return exp.select(*[k.copy() for k in KEYS])


def same_event(one: str, other: str) -> exp.Expr:
    """Return that two relations speak of the same event."""
    return both([col(one, c).eq(col(other, c)) for c in ("person_id", "event_id")])


def _none_will_do(group: Group) -> bool:
    """Tell whether the group can hold where none of its parts does."""
    return group.mode is Mode.AT_MOST or group.count == 0


def _enough(held: exp.Expr, group: Group, parts: int) -> exp.Expr:
    match group.mode:
        case Mode.ALL:
            return exp.EQ(this=held, expression=exp.convert(parts))
        case Mode.ANY:
            return exp.GTE(this=held, expression=exp.convert(1))
        case Mode.AT_LEAST:
            return exp.GTE(this=held, expression=exp.convert(group.count))
        case Mode.AT_MOST:
            return exp.LTE(this=held, expression=exp.convert(group.count))


def _part(plan: Plan, part: Near | Demographic | Group, index: str) -> exp.Select:
    match part:
        case Near():
            return _near(plan, part, index)
        case Group() if not part.parts:
            return _keys().from_(exp.table_(index, alias=_I))  # each row counts, as in Circe
        case Group() if part.facts_of_one:
            return _person(plan, part.facts_of_one, index)
        case Group():
            step = plan.step("group", passing(plan, part, index))
            return exp.select("person_id", "event_id").from_(exp.table_(step))
        case _:
            return _person(plan, (part,), index)


def _person(plan: Plan, facts: tuple[Demographic, ...], index: str) -> exp.Select:
    query = _keys().from_(exp.table_(index, alias=_I)).distinct()
    if not all(isinstance(f, Dated) for f in facts):
        on = col(_P, "person_id").eq(col(_I, "person_id"))
        query = query.join(exp.table_("person", alias=_P), on=on)
    return query.where(both([person_holds(plan, f, _I, _P) for f in facts]))


def _near(plan: Plan, near: Near, index: str) -> exp.Select:
    events = plan.step("events", qualified_events(plan, near.criterion, near.distinct))
    if near.counts_rows:
        return _at_most(plan, near, index, events)
    none_counts = near.counting is Counting.AT_MOST or near.count == 0
    return (
        _keys()
        .from_(exp.table_(index, alias=_I))
        .join(
            exp.table_(events, alias=_A),
            on=both(_beside(near)),
            join_type="left" if none_counts else "inner",
        )
        .group_by(*[k.copy() for k in KEYS])
        .having(_counted(near))
    )


def _at_most(plan: Plan, near: Near, index: str, events: str) -> exp.Select:
    """Count what stands beside any row of an event once for each of its rows, as Circe does."""
    beside = _keys().from_(exp.table_(index, alias=_I))
    beside = beside.join(exp.table_(events, alias=_A), on=both(_beside(near)))
    step = plan.step("beside", beside)
    counted = exp.Count(this=col(_A, "person_id"))
    return (
        _keys()
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(step, alias=_A), on=same_event(_A, _I), join_type="left")
        .group_by(*[k.copy() for k in KEYS])
        .having(exp.LTE(this=counted, expression=exp.convert(near.count)))
    )


def _beside(near: Near) -> list[exp.Expr]:
    """Return the conditions under which another event stands beside an index event."""
    conditions: list[exp.Expr] = [col(_A, "person_id").eq(col(_I, "person_id"))]
    if not near.outside_observation:
        date = col(_A, "start_date")
        conditions.append(_observed(date, exp.GTE, Anchor.START))
        conditions.append(_observed(date, exp.LTE, Anchor.END))
    for window in (near.window, near.second_window):
        conditions += _inside(window, near) if window is not None else []
    if near.same_visit:
        conditions.append(col(_A, "visit_id").eq(col(_I, "visit_id")))
    return conditions


def _inside(window: Window, near: Near) -> list[exp.Expr]:
    """Return the conditions of a window; an open side reaches as far as observation does."""
    day = col(_I, "start_date" if window.index is Anchor.START else "end_date")
    event = col(_A, "start_date" if window.event is Anchor.START else "end_date")
    first, last = window.first_day, window.last_day
    conditions = within(
        event,
        None if first is None else add_days(day.copy(), first),
        None if last is None else add_days(day.copy(), last),
    )
    if near.outside_observation:
        return conditions
    if first is None:
        conditions.append(_observed(event, exp.GTE, window.first_open))
    if last is None:
        conditions.append(_observed(event, exp.LTE, window.last_open))
    return conditions


def _observed(date: exp.Expr, comparison: type[exp.GTE | exp.LTE], side: Anchor) -> exp.Expr:
    """Return how a date lies to one end of the index event's observation, where that is known."""
    bound = col(_I, "op_start" if side is Anchor.START else "op_end")
    return exp.or_(bound.is_(exp.null()), comparison(this=date.copy(), expression=bound.copy()))


_WHAT = {
    Distinct.CONCEPT: "concept_id",
    Distinct.DAY: "start_date",
    Distinct.END_DAY: "end_date",
    Distinct.VISIT: "visit_id",
}
_COUNTING = {Counting.AT_LEAST: exp.GTE, Counting.AT_MOST: exp.LTE, Counting.EXACTLY: exp.EQ}


def _counted(near: Near) -> exp.Expr:
    match near.distinct:
        case Distinct.EVENT:
            counted: exp.Expr = exp.Count(this=col(_A, "person_id"))
        case Distinct.LENGTH:
            counted = count_distinct(days_between(col(_A, "start_date"), col(_A, "end_date")))
        case _:
            counted = count_distinct(col(_A, _WHAT.get(near.distinct, COUNTED)))
    return _COUNTING[near.counting](this=counted, expression=exp.convert(near.count))


def qualified_events(
    plan: Plan, criterion: Criterion, distinct: Distinct = Distinct.EVENT
) -> exp.Select:
    """Return the events of a criterion that have what it asks for nearby."""
    rows = event_rows(plan, criterion, distinct)
    if criterion.near is None:
        return rows
    events = plan.step("events", rows)
    index = plan.step("nested", _in_observation(events))
    kept = plan.step("passing", passing(plan, criterion.near, index))
    names = [col(_A, c) for c in event_columns(criterion, distinct)]
    query = exp.select(*names).from_(exp.table_(events, alias=_A))
    return query.join(exp.table_(kept, alias=_I), on=same_event(_I, _A))


def _in_observation(events: str) -> exp.Select:
    """Return events as an index relation of their own, each in its observation periods."""
    start, end = observation_bounds(_O)
    inside = both(
        [col(_O, "person_id").eq(col(_A, "person_id")), *within(col(_A, "start_date"), start, end)]
    )
    names = ("person_id", "event_id", "start_date", "end_date", "visit_id")
    return (
        exp.select(
            *[col(_A, c) for c in names],
            start.copy().as_("op_start"),
            end.copy().as_("op_end"),
        )
        .from_(exp.table_(events, alias=_A))
        .join(exp.table_("observation_period", alias=_O), on=inside)
    )


def observation_bounds(alias: str) -> tuple[exp.Expr, exp.Expr]:
    """Return the first and last day of an observation period."""
    start, end = (f"observation_period_{end}_date" for end in ("start", "end"))
    return as_date(col(alias, start)), as_date(col(alias, end))
