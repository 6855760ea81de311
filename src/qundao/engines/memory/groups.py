"""Index events with what must stand near them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from qundao.engines.memory.attributes import person_holds
from qundao.engines.memory.event import Bounds, Context, Event
from qundao.engines.memory.events import plain_events
from qundao.engines.memory.tables import Tables
from qundao.query.criteria import (
    Anchor,
    Counting,
    Criterion,
    Demographic,
    Distinct,
    Group,
    Mode,
    Near,
    Window,
)

Key = tuple[int, int]


def events_of(
    ctx: Context, criterion: Criterion, distinct: Distinct = Distinct.EVENT
) -> list[Event]:
    """Return the events of a criterion that have what it asks for nearby."""
    events = plain_events(ctx, criterion, distinct)
    if criterion.near is None:
        return events
    index = [i for e in events for i in observed(ctx.tables, e)]
    kept = holding(ctx, criterion.near, index)
    return [e for e in events if e.key in kept]


def observed(tables: Tables, event: Event) -> list[Event]:
    """Return the event once for each observation period that holds its start."""
    periods = tables.observation(event.person_id)
    return [
        replace(event, bounds=(first, last))
        for first, last in periods
        if first <= event.start <= last
    ]


def holding(ctx: Context, group: Group, index: list[Event]) -> set[Key]:
    """Return the index events for which a group holds.

    Rows of one event (in several observation periods) are counted together.
    """
    rows = defaultdict(list)
    for event in index:
        rows[event.key].append(event)
    if not group.parts:
        return set(rows)
    parts = [_part(ctx, part, rows) for part in group.parts]
    return {
        key
        for key, events in rows.items()
        if _enough(len(events) * sum(p.get(key, 0) for p in parts), group)
    }


def _enough(held: int, group: Group) -> bool:
    match group.mode:
        case Mode.ALL:
            return held == len(group.parts)
        case Mode.ANY:
            return held >= 1
        case Mode.AT_LEAST:
            return held >= int(group.count or 0)
        case Mode.AT_MOST:
            return held <= int(group.count or 0)


def _part(
    ctx: Context, part: Near | Demographic | Group, rows: Mapping[Key, list[Event]]
) -> dict[Key, int]:
    """Return how often each event that has the part counts: once, but for an empty group."""
    match part:
        case Near():
            events = events_of(ctx, part.criterion, part.distinct)
            return {k: 1 for k, own in rows.items() if _near_holds(part, own, events)}
        case Group() if not part.parts:
            return {k: len(own) for k, own in rows.items()}
        case Group() if part.facts_of_one:
            return _facts_hold(ctx, part.facts_of_one, rows)
        case Group():
            index = [e for own in rows.values() for e in own]
            return dict.fromkeys(holding(ctx, part, index), 1)
        case _:
            return _facts_hold(ctx, (part,), rows)


def _facts_hold(
    ctx: Context, facts: tuple[Demographic, ...], rows: Mapping[Key, list[Event]]
) -> dict[Key, int]:
    return {
        k: 1
        for k, own in rows.items()
        if any(all(person_holds(ctx, f, e) for f in facts) for e in own)
    }


def _near_holds(near: Near, index: list[Event], events: list[Event]) -> bool:
    found = _number(near.distinct, [e for i in index for e in events if _beside(near, i, e)])
    found *= len(index) if near.counts_rows else 1
    match near.counting:
        case Counting.AT_LEAST:
            return found >= near.count
        case Counting.AT_MOST:
            return found <= near.count
        case Counting.EXACTLY:
            return found == near.count


def _beside(near: Near, index: Event, event: Event) -> bool:
    if event.person_id != index.person_id:
        return False
    if near.same_visit and (event.visit_id is None or event.visit_id != index.visit_id):
        return False
    bounds = None if near.outside_observation else index.bounds
    if bounds and not bounds[0] <= event.start <= bounds[1]:
        return False
    windows = (near.window, near.second_window)
    return all(_inside(w, index, event, bounds) for w in windows if w is not None)


def _inside(window: Window, index: Event, event: Event, bounds: Bounds | None) -> bool:
    """Tell whether an event is in a window; an open side reaches as far as observation does."""
    ends = dict(zip((Anchor.START, Anchor.END), bounds, strict=True)) if bounds else {}
    first = _edge(window.first_day, window.first_open, window, index, ends)
    last = _edge(window.last_day, window.last_open, window, index, ends)
    day = event.on(window.event)
    for edge, wrong in ((first, -1), (last, 1)):
        if edge is _OPEN:
            continue
        if edge is None or day is None or (day - edge).days * wrong > 0:
            return False
    return True


_OPEN: Any = object()


def _edge(
    days: int | None, side: Anchor, window: Window, index: Event, ends: Mapping[Anchor, date]
) -> Any:
    """Return the date of a window's side; `_OPEN` where it has none, None where it is unknown."""
    if days is None:
        return ends.get(side, _OPEN)
    origin = index.on(window.index)
    return None if origin is None else origin + timedelta(days)


_WHAT: Mapping[Distinct, Callable[[Event], Any]] = {
    Distinct.CONCEPT: lambda e: e.concept_id,
    Distinct.DAY: lambda e: e.start,
    Distinct.END_DAY: lambda e: e.end,
    Distinct.VISIT: lambda e: e.visit_id,
    Distinct.LENGTH: lambda e: None if e.end is None else (e.end - e.start).days,
}


def _number(distinct: Distinct, events: list[Event]) -> int:
    if distinct is Distinct.EVENT:
        return len(events)
    what = _WHAT.get(distinct, _counted)
    return len({what(e) for e in events} - {None})


def _counted(event: Event) -> Any:
    return event.counted
