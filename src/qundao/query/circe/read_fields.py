"""The fields of a Circe criterion: ranges, codes, texts, dates and facts of the person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from qundao.query.circe.fields import (
    REGION,
    Abnormality,
    Age,
    Codes,
    Field,
    Number,
    SetOf,
    Text,
    When,
    Who,
)
from qundao.query.circe.node import Node, names
from qundao.query.circe.sets import SetNames
from qundao.query.circe.words import OPS, TEXT_OPS
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
    PersonBySet,
    PersonCoded,
    PersonField,
    TextOp,
    Textual,
)
from qundao.query.values import DateRange, NumberRange, Op, Period

_RANGE = names("Op", "Value", "Extent")
_SELECTION = names("CodesetId", "IsExclusion")
_MOST_CONCEPTS = 2**31 - 1


def attributes(node: Node, fields: tuple[Field, ...], sets: SetNames) -> Iterator[Attribute]:
    """Yield what the fields of a criterion ask for, in the order of the table."""
    for field in fields:
        match field:
            case Age() | When() | Who():
                yield from facts(node, field, sets)
            case _:
                yield from _own(node, field, sets)
    for name in REGION:
        if node[name]:
            node[name].bad("不支持按机构所在地区", "nothing: regions of care sites are not known")


def facts(node: Node, field: Age | When | Who, sets: SetNames) -> Iterator[Demographic]:
    """Yield what a field asks of the event's dates or its person."""
    place = node[field.key]
    match field:
        case Age() if place:
            yield Aged(field.anchor, number_range(place, whole=True))
        case When() if place:
            yield Dated(field.anchor, date_range(place))
        case Who():
            concepts = _concepts(place)
            if concepts and field.field is PersonField.GENDER:
                yield Gender(concepts)
            elif concepts:
                yield PersonCoded(field.field, concepts)
            if chosen := node[field.key + "CS"]:
                yield PersonBySet(field.field, *_selection(chosen, sets))


def _own(
    node: Node, field: Number | Codes | SetOf | Text | Abnormality, sets: SetNames
) -> Iterator[Attribute]:
    place = node[field.key]
    match field:
        case Number() if place:
            yield Numeric(field.field, number_range(place, whole=field.whole))
        case Codes():
            if concepts := _concepts(place):
                negated = node[field.exclude].flag() if field.exclude else False
                yield Coded(field.field, concepts, negated)
            if chosen := node[field.key + "CS"]:
                yield CodedBySet(field.field, *_selection(chosen, sets))
        case SetOf() if place:
            yield CodedBySet(field.field, sets.name(place))
        case Text() if place:
            yield _text(place, field.field)
        case Abnormality() if place.flag():
            yield Abnormal()


def _concepts(place: Node) -> tuple[int, ...]:
    """Return the concept ids of a list; an empty list asks for nothing, as in the reference."""
    return tuple(c["CONCEPT_ID"].whole(lowest=0, most=_MOST_CONCEPTS) for c in place.items())


def _selection(place: Node, sets: SetNames) -> tuple[str | None, bool]:
    place.object(_SELECTION)
    chosen = place["CodesetId"]
    return (sets.name(chosen) if chosen else None, place["IsExclusion"].flag())


def _text(place: Node, field: str) -> Textual:
    place.object(names("Op", "Text"))
    op, negated = place["Op"].choice(TEXT_OPS)
    text = place["Text"].text()
    nothing = Textual(field, TextOp.CONTAINS, "?")
    return place["Text"].made(lambda: Textual(field, op, text, negated), nothing)


def number_range(place: Node, *, whole: bool) -> NumberRange:
    """Return a range of numbers, its ends as precise as the reference takes them."""
    place.object(_RANGE)
    op = place["Op"].choice(OPS)
    value = _precise(place["Value"].number(), whole=whole)
    extent = _precise(place["Extent"].number(), whole=whole) if op.two_ended else None
    return place.made(lambda: NumberRange(op, value, extent), NumberRange(Op.EQ, 0))


def _precise(number: float, *, whole: bool) -> float:
    if whole:
        return float(int(number))
    return float(Decimal(str(number)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def date_range(place: Node) -> DateRange:
    """Return a range of dates."""
    place.object(_RANGE)
    op = place["Op"].choice(OPS)
    value = day(place["Value"])
    extent = day(place["Extent"]) if op.two_ended else None
    return place.made(lambda: DateRange(op, value, extent), DateRange(Op.EQ, value))


def day(place: Node) -> date:
    """Return a date; older definitions write an instant, or leave out zeros."""
    parts = place.text().partition("T")[0].split("-")
    try:
        return date(*(int(p) for p in parts))
    except (TypeError, ValueError, OverflowError):
        place.bad("日期，如 2026-01-31", "a date such as 2026-01-31")
        return date(2000, 1, 1)


def period(place: Node) -> Period | None:
    """Return the dates between which something must lie; none where neither is given."""
    if not place:
        return None
    place.object(names("StartDate", "EndDate"))
    first, last = (day(place[n]) if place[n] else None for n in ("StartDate", "EndDate"))
    if first is None and last is None:
        return None
    return place.made(lambda: Period(first, last), None)
