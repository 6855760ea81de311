"""Groups to SQL: which of some index events have what is asked around them.

An index relation has the columns `event_id` (unique), `person_id, start_date, end_date,
visit_id, op_start, op_end`; the last two bound its observation period and may be null.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.events import EVENT_COLUMNS, event_rows, person_holds
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    as_date,
    both,
    col,
    count_distinct,
    in_rows,
    row_number,
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
    "event_id",
    "person_id",
    "start_date",
    "end_date",
    "visit_id",
    "op_start",
    "op_end",
)
_I, _A, _P, _O = "i", "a", "p", "o"


def passing(plan: Plan, group: Group, index: str) -> exp.Select:
    """Return the `event_id`s of the index relation (a step) for which the group holds."""
    parts = [_part(plan, part, index) for part in group.parts]
    step = plan.step("parts", union_all(parts))
    held = exp.Count(this=col(_A, "event_id"))
    on = col(_A, "event_id").eq(col(_I, "event_id"))
    query = (
        exp.select(col(_I, "event_id"))
        .from_(exp.table_(index, alias=_I))
        .join(exp.table_(step, alias=_A), on=on, join_type="left")
        .group_by(col(_I, "event_id"))
    )
    return query.having(_enough(held, group, len(parts)))


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
        case Group():
            step = plan.step("group", passing(plan, part, index))
            return exp.select("event_id").from_(exp.table_(step))
        case _:
            return _person(part, index)


def _person(asked: Demographic, index: str) -> exp.Select:
    query = exp.select(col(_I, "event_id")).from_(exp.table_(index, alias=_I))
    if not isinstance(asked, Dated):
        on = col(_P, "person_id").eq(col(_I, "person_id"))
        query = query.join(exp.table_("person", alias=_P), on=on)
    return query.where(person_holds(asked, _I, _P))


def _near(plan: Plan, near: Near, index: str) -> exp.Select:
    events = plan.step("events", qualified_events(plan, near.criterion))
    none_counts = near.counting is Counting.AT_MOST or near.count == 0
    return (
        exp.select(col(_I, "event_id"))
        .from_(exp.table_(index, alias=_I))
        .join(
            exp.table_(events, alias=_A),
            on=both(_beside(near)),
            join_type="left" if none_counts else "inner",
        )
        .group_by(col(_I, "event_id"))
        .having(_counted(near))
    )


def _beside(near: Near) -> list[exp.Expr]:
    """Return the conditions under which another event stands beside an index event."""
    conditions: list[exp.Expr] = [col(_A, "person_id").eq(col(_I, "person_id"))]
    if not near.outside_observation:
        conditions += _observed_between(col(_A, "start_date"), first=True, last=True)
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
    if not near.outside_observation:
        conditions += _observed_between(event, first=first is None, last=last is None)
    return conditions


def _observed_between(date: exp.Expr, *, first: bool, last: bool) -> list[exp.Expr]:
    """Return that a date lies within the index event's observation, where that is bounded."""
    sides = ((first, exp.GTE, "op_start"), (last, exp.LTE, "op_end"))
    return [
        exp.or_(
            col(_I, bound).is_(exp.null()), comparison(this=date.copy(), expression=col(_I, bound))
        )
        for wanted, comparison, bound in sides
        if wanted
    ]


_WHAT = {
    Distinct.EVENT: None,
    Distinct.CONCEPT: "concept_id",
    Distinct.DAY: "start_date",
    Distinct.VISIT: "visit_id",
}
_COUNTING = {Counting.AT_LEAST: exp.GTE, Counting.AT_MOST: exp.LTE, Counting.EXACTLY: exp.EQ}


def _counted(near: Near) -> exp.Expr:
    column = _WHAT[near.distinct]
    if column is None:
        counted: exp.Expr = exp.Count(this=col(_A, "person_id"))
    else:
        counted = count_distinct(col(_A, column))
    return _COUNTING[near.counting](this=counted, expression=exp.convert(near.count))


def qualified_events(plan: Plan, criterion: Criterion) -> exp.Select:
    """Return the events of a criterion that have what it asks for nearby."""
    rows = event_rows(plan, criterion)
    if criterion.near is None:
        return rows
    index = plan.step("nested", _observed(plan.step("events", rows)))
    kept = passing(plan, criterion.near, index)
    names = [exp.column(c) for c in EVENT_COLUMNS]
    return exp.select(*names).from_(exp.table_(index)).where(in_rows(exp.column("event_id"), kept))


def _observed(events: str) -> exp.Select:
    """Return events as an index relation of their own, each in its observation period."""
    op = exp.table_("observation_period", alias=_O)
    start, end = observation_bounds(_O)
    order = ("person_id", "start_date", "event_id", "end_date", "visit_id", "concept_id")
    key = row_number([], [*(col(_A, c) for c in order), start, end])
    inside = both(
        [col(_O, "person_id").eq(col(_A, "person_id")), *within(col(_A, "start_date"), start, end)]
    )
    return (
        exp.select(
            key.as_("event_id"),
            *[
                col(_A, c)
                for c in ("person_id", "start_date", "end_date", "concept_id", "visit_id")
            ],
            start.copy().as_("op_start"),
            end.copy().as_("op_end"),
        )
        .from_(exp.table_(events, alias=_A))
        .join(op, on=inside)
    )


def observation_bounds(alias: str) -> tuple[exp.Expr, exp.Expr]:
    """Return the first and last day of an observation period."""
    start, end = (f"observation_period_{end}_date" for end in ("start", "end"))
    return as_date(col(alias, start)), as_date(col(alias, end))
