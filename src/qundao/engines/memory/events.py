"""Events of a criterion, and index events with what must stand near them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qundao.engines.memory.concepts import concepts_of
from qundao.engines.memory.tables import Row, Tables, as_date
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import (
    Aged,
    Anchor,
    Attribute,
    Coded,
    Counting,
    Criterion,
    Dated,
    Demographic,
    Distinct,
    Gender,
    Group,
    Mode,
    Near,
    Numeric,
    TextOp,
    Textual,
    Window,
)
from qundao.query.domains import DOMAINS, ERA_LENGTH, DomainTable
from qundao.query.values import DateRange, NumberRange, Op

Bounds = tuple[date, date]
"""The first and last day of an observation period."""


@dataclass(frozen=True)
class Event:
    """An event of any domain; `bounds` is the observation period of an index event."""

    person_id: int
    event_id: int
    start: date
    end: date
    concept_id: int | None
    visit_id: int | None
    bounds: Bounds | None = None

    def on(self, anchor: Anchor) -> date:
        """Return the start or end date."""
        return self.start if anchor is Anchor.START else self.end


@dataclass(frozen=True)
class Context:
    """What a definition is executed over: tables, and its concept sets resolved."""

    tables: Tables
    concepts: Mapping[str, set[int]]


def context(tables: Tables, sets: Iterable[ConceptSet]) -> Context:
    """Return a context with every concept set resolved."""
    return Context(tables, {s.name: concepts_of(tables, s) for s in sets})


def events_of(ctx: Context, criterion: Criterion) -> list[Event]:
    """Return the events of a criterion that have what it asks for nearby."""
    events = plain_events(ctx, criterion)
    if criterion.near is None:
        return events
    index = [i for e in events for i in observed(ctx.tables, e)]
    return [i for i in index if holds(ctx, criterion.near, i)]


def observed(tables: Tables, event: Event) -> list[Event]:
    """Return the event once for each observation period that holds its start."""
    periods = tables.observation(event.person_id)
    return [
        Event(**{**vars(event), "bounds": (first, last)})
        for first, last in periods
        if first <= event.start <= last
    ]


def plain_events(ctx: Context, criterion: Criterion) -> list[Event]:
    """Return the events of a criterion, its nearby criteria left aside."""
    domain = DOMAINS[criterion.domain]
    rows: list[Row] = [r for r in ctx.tables[domain.table] if _meant(ctx, criterion, domain, r)]
    if criterion.first:
        rows = _first_rows(criterion, domain, rows)
    return [_event(domain, r) for r in rows if _all_hold(ctx, criterion, domain, r)]


def _meant(ctx: Context, criterion: Criterion, domain: DomainTable, row: Row) -> bool:
    pairs = ((criterion.concepts, domain.concept), (criterion.source_concepts, domain.source))
    return all(name is None or row.get(str(column)) in ctx.concepts[name] for name, column in pairs)


def _first_rows(criterion: Criterion, domain: DomainTable, rows: list[Row]) -> list[Row]:
    """Return each person's first row: by start, then by everything else that is looked at."""

    def order(row: Row) -> list[tuple[bool, Any]]:
        event = _event(domain, row)
        attributes = [a for a in criterion.where if isinstance(a, Numeric | Coded | Textual)]
        seen = [_attribute(domain, a, row) for a in attributes]
        keys = [event.start, event.event_id, event.end, event.concept_id, event.visit_id, *seen]
        return [(k is None, k) for k in keys]

    firsts: dict[int, Row] = {}
    for row in sorted(rows, key=order):
        firsts.setdefault(row["person_id"], row)
    return list(firsts.values())


def _event(domain: DomainTable, row: Row) -> Event:
    return Event(
        row["person_id"],
        row[domain.key],
        as_date(row[domain.start]),
        _end(domain, row),
        row.get(domain.concept),
        row.get(domain.visit) if domain.visit else None,
    )


def _end(domain: DomainTable, row: Row) -> date:
    start = as_date(row[domain.start])
    ends = [as_date(row[e]) for e in domain.ends if row.get(e) is not None]
    if domain.supply is not None and row.get(domain.supply) is not None:
        ends.append(start + timedelta(int(row[domain.supply])))
    return [*ends, start + timedelta(domain.last)][0]


def _attribute(domain: DomainTable, asked: Numeric | Coded | Textual, row: Row) -> Any:
    name = {**domain.numbers, **domain.codes, **domain.texts}[asked.field]
    if name == ERA_LENGTH:
        event = _event(domain, row)
        return (event.end - event.start).days
    return row.get(name)


def _all_hold(ctx: Context, criterion: Criterion, domain: DomainTable, row: Row) -> bool:
    return all(_holds(ctx, a, domain, row) for a in criterion.where)


def _holds(ctx: Context, asked: Attribute, domain: DomainTable, row: Row) -> bool:
    if isinstance(asked, Aged | Gender | Dated):
        return person_holds(ctx.tables, asked, _event(domain, row))
    value = _attribute(domain, asked, row)
    if value is None:
        return False
    match asked:
        case Numeric():
            return in_range(value, asked.range)
        case Coded():
            return (value in asked.concepts) != asked.negated
        case Textual():
            return _TEXT[asked.op](value, asked.text) != asked.negated


_TEXT: Mapping[TextOp, Callable[[str, str], bool]] = {
    TextOp.CONTAINS: lambda value, text: text in value,
    TextOp.STARTS: str.startswith,
    TextOp.ENDS: str.endswith,
}


def person_holds(tables: Tables, asked: Demographic, event: Event) -> bool:
    """Tell whether a fact about an event's dates, or its person, holds."""
    if isinstance(asked, Dated):
        return in_range(event.on(asked.anchor), asked.range)
    person = tables.person(event.person_id)
    if person is None:
        return False
    if isinstance(asked, Gender):
        return person["gender_concept_id"] in asked.concepts
    born = person["year_of_birth"]
    return born is not None and in_range(event.on(asked.anchor).year - born, asked.range)


_COMPARE: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
}


def in_range(value: Any, asked: NumberRange | DateRange) -> bool:
    """Tell whether a value lies in a range."""
    if not asked.op.two_ended:
        return _COMPARE[asked.op](value, asked.value)
    inside = bool(asked.value <= value <= asked.extent)
    return inside != (asked.op is Op.NOT_BT)


def holds(ctx: Context, group: Group, index: Event) -> bool:
    """Tell whether a group holds for an index event."""
    held = sum(_part_holds(ctx, part, index) for part in group.parts)
    match group.mode:
        case Mode.ALL:
            return held == len(group.parts)
        case Mode.ANY:
            return held >= 1
        case Mode.AT_LEAST:
            return held >= int(group.count or 0)
        case Mode.AT_MOST:
            return held <= int(group.count or 0)


def _part_holds(ctx: Context, part: Near | Demographic | Group, index: Event) -> bool:
    match part:
        case Near():
            return _near_holds(ctx, part, index)
        case Group():
            return holds(ctx, part, index)
        case _:
            return person_holds(ctx.tables, part, index)


def _near_holds(ctx: Context, near: Near, index: Event) -> bool:
    beside = [e for e in events_of(ctx, near.criterion) if _beside(near, index, e)]
    found = _number(near.distinct, beside)
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
    day, origin = event.on(window.event), index.on(window.index)
    first, last = bounds or (date.min, date.max)
    if window.first_day is not None:
        first = origin + timedelta(window.first_day)
    if window.last_day is not None:
        last = origin + timedelta(window.last_day)
    return first <= day <= last


def _number(distinct: Distinct, events: list[Event]) -> int:
    match distinct:
        case Distinct.EVENT:
            return len(events)
        case Distinct.CONCEPT:
            return len({e.concept_id for e in events} - {None})
        case Distinct.DAY:
            return len({e.start for e in events})
        case Distinct.VISIT:
            return len({e.visit_id for e in events} - {None})
