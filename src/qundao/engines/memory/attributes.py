"""The attributes of events and the facts of their persons."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from qundao.engines.memory.event import Context, Event
from qundao.engines.memory.tables import Row
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Attribute,
    Coded,
    CodedBySet,
    Dated,
    Demographic,
    Gender,
    Numeric,
    OwnAttribute,
    PersonBySet,
    PersonCoded,
    TextOp,
    Textual,
)
from qundao.query.domains import ERA_LENGTH, RATIOS, DomainTable
from qundao.query.values import DateRange, NumberRange, Op

OWN = Numeric | Coded | CodedBySet | Textual | Abnormal
LOW_OR_HIGH = (4155142, 4155143)


def own_value(domain: DomainTable, asked: OwnAttribute, row: Row) -> Any:
    """Return what a row says about an attribute; of a linked one, what it points at."""
    if isinstance(asked, Abnormal):
        return _abnormal(row)
    if asked.field in domain.linked:
        return row.get(domain.linked[asked.field].column)
    name = {**domain.numbers, **domain.codes, **domain.texts}[asked.field]
    if name in RATIOS:
        value, limit = row.get("value_as_number"), row.get(RATIOS[name])
        return None if value is None or not limit else float(value) / float(limit)
    return None if name == ERA_LENGTH else row.get(name)


def _abnormal(row: Row) -> bool:
    value = row.get("value_as_number")
    low, high = row.get("range_low"), row.get("range_high")
    below = None not in (value, low) and bool(value < low)  # type: ignore[operator]
    above = None not in (value, high) and bool(value > high)  # type: ignore[operator]
    return below or above or row.get("value_as_concept_id") in LOW_OR_HIGH


def times_held(
    ctx: Context, domain: DomainTable, where: tuple[Attribute, ...], row: Row, event: Event
) -> int:
    """Return how often a row counts: once, unless what it points at is there several times."""
    times = 1
    for asked in where:
        if not isinstance(asked, OWN):
            times *= person_holds(ctx, asked, event)
    own = [a for a in where if isinstance(a, OWN)]
    linked = {a.field for a in own if isinstance(a, Coded | CodedBySet)} & set(domain.linked)
    for asked in own:
        if not isinstance(asked, Coded | CodedBySet) or asked.field not in linked:
            times *= _own_holds(ctx, domain, asked, row, event)
    for name in linked:
        asking = [a for a in own if isinstance(a, Coded | CodedBySet) and a.field == name]
        codes = list(_linked_codes(ctx, domain, name, row))
        times *= sum(all(_coded(ctx, a, c) for a in asking) for c in codes)
    return times


def _linked_codes(ctx: Context, domain: DomainTable, name: str, row: Row) -> Iterator[Any]:
    link = domain.linked[name]
    wanted = row.get(link.column)
    found = [
        r
        for r in ctx.tables[link.table]
        if wanted is not None
        and r[link.key] == wanted
        and (not link.same_person or r["person_id"] == row["person_id"])
    ]
    yield from (r.get(link.code) for r in found)
    if not found and not link.required:
        yield None


def _own_holds(
    ctx: Context, domain: DomainTable, asked: OwnAttribute, row: Row, event: Event
) -> bool:
    if isinstance(asked, Numeric) and asked.field == ERA_LENGTH:
        days = None if event.end is None else (event.end - event.start).days
        return in_range(days, asked.range)
    value = own_value(domain, asked, row)
    match asked:
        case Numeric():
            return in_range(value, asked.range)
        case Coded() | CodedBySet():
            return _coded(ctx, asked, value)
        case Textual():
            return value is not None and _TEXT[asked.op](value, asked.text) != asked.negated
        case Abnormal():
            return bool(value)


def _coded(ctx: Context, asked: Coded | CodedBySet | PersonBySet, value: Any) -> bool:
    if not isinstance(asked, Coded) and asked.concepts is None:
        return (value is not None) != asked.negated
    wanted = asked.concepts if isinstance(asked, Coded) else ctx.concepts[str(asked.concepts)]
    if value is None:  # as in SQL: unknown, unless there is nothing that it could be
        return asked.negated and not wanted
    return (value in wanted) != asked.negated


_TEXT: Mapping[TextOp, Callable[[str, str], bool]] = {
    TextOp.CONTAINS: lambda value, text: text in value,
    TextOp.STARTS: str.startswith,
    TextOp.ENDS: str.endswith,
}


def person_holds(ctx: Context, asked: Demographic, event: Event) -> bool:
    """Tell whether a fact about an event's dates, or its person, holds."""
    if isinstance(asked, Dated):
        return in_range(event.on(asked.anchor), asked.range)
    person = ctx.tables.person(event.person_id)
    if person is None:
        return False
    match asked:
        case Gender():
            return person["gender_concept_id"] in asked.concepts
        case PersonCoded():
            return person.get(f"{asked.field}_concept_id") in asked.concepts
        case PersonBySet():
            return _coded(ctx, asked, person.get(f"{asked.field}_concept_id"))
        case Aged():
            born, day = person["year_of_birth"], event.on(asked.anchor)
            return None not in (born, day) and in_range(day.year - born, asked.range)  # type: ignore[union-attr]


_COMPARE: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
}


def in_range(value: float | date | None, asked: NumberRange | DateRange) -> bool:
    """Tell whether a value lies in a range; nothing never does."""
    if value is None:
        return False
    if not asked.op.two_ended:
        return _COMPARE[asked.op](value, asked.value)
    inside = bool(asked.value <= value <= asked.extent)  # type: ignore[operator]
    return inside != (asked.op is Op.NOT_BT)
