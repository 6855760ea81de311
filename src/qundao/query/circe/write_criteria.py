"""Criteria, windows and groups as Circe JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qundao.query.circe.fields import (
    BY_DOMAIN,
    PERSON_FIELDS,
    Abnormality,
    Age,
    Codes,
    Field,
    Kind,
    Number,
    SetOf,
    Text,
    When,
    Who,
)
from qundao.query.circe.words import (
    COLUMNS,
    COUNTING,
    MODES,
    OPS,
    SIDES,
    TEXT_WORDS,
    word,
)
from qundao.query.codes import invalid
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Attribute,
    Coded,
    CodedBySet,
    Criterion,
    Dated,
    DateShift,
    Demographic,
    Distinct,
    Gender,
    Group,
    Near,
    Numeric,
    PersonBySet,
    PersonCoded,
    PersonField,
    Textual,
    Window,
)
from qundao.query.domains import Domain
from qundao.query.values import DateRange, NumberRange

Numbers = Mapping[str, int]
Json = dict[str, Any]


def criterion(asked: Criterion, numbers: Numbers) -> Json:
    """Return a criterion under the name of its kind."""
    kind = BY_DOMAIN[asked.domain]
    body: Json = {}
    for key, name in _sets(asked, kind):
        if name is not None and key is None:
            raise invalid("concepts", name, f"{kind.name} 没有概念集", f"none, for {kind.name}")
        if name is not None and key is not None:
            body[key] = numbers[name]
    if asked.first:
        body["First"] = True
    for attribute in asked.where:
        _put(body, _attribute(attribute, kind.fields, asked.domain, numbers))
    if asked.near is not None:
        body["CorrelatedCriteria"] = group(asked.near, numbers)
    if asked.dates is not None:
        body["DateAdjustment"] = _shift(asked.dates)
    if asked.within is not None:
        days = {"StartDate": asked.within.first, "EndDate": asked.within.last}
        body["UserDefinedPeriod"] = {k: d.isoformat() for k, d in days.items() if d is not None}
    return {kind.name: body}


def _sets(asked: Criterion, kind: Kind) -> Iterator[tuple[str | None, str | None]]:
    """Yield the field for each concept set of a criterion, and the set's name.

    Those of payers are attributes to Circe, before which "first" comes.
    """
    own, source = kind.codeset, kind.source
    if asked.domain is Domain.PAYER_PLAN_PERIOD and not asked.first:
        own, source = "PayerConcept", "PayerSourceConcept"
    yield own, asked.concepts
    yield source, asked.source_concepts


def _put(body: Json, fields: Json) -> None:
    twice = sorted(set(body) & set(fields))
    if twice:
        raise invalid("where", twice[0], "每个属性一次", "each attribute once")
    body.update(fields)


def _attribute(
    asked: Attribute, fields: tuple[Field, ...], domain: Domain, numbers: Numbers
) -> Json:
    for field in fields:
        written = _written(asked, field, numbers)
        if written is not None:
            return written
    raise invalid("where", type(asked).__name__, f"Circe 的 {domain} 属性", f"of Circe's {domain}")


def _written(asked: Attribute, field: Field, numbers: Numbers) -> Json | None:
    """Return the JSON fields of an attribute, or None if `field` is not its own."""
    match asked, field:
        case (Numeric() | Textual(), Number() | Text()) if asked.field == field.field:
            value = _range(asked.range) if isinstance(asked, Numeric) else _text(asked)
            return {field.key: value}
        case (Coded() | CodedBySet(), Codes() | SetOf()) if asked.field == field.field:
            return _coded(asked, field, numbers)
        case (Abnormal(), Abnormality()):
            return {field.key: True}
        case (Aged() | Dated() | Gender() | PersonCoded() | PersonBySet(), Age() | When() | Who()):
            return fact(asked, field, numbers)
    return None


def fact(asked: Demographic, field: Age | When | Who, numbers: Numbers) -> Json | None:
    """Return the JSON fields of a fact, or None if `field` is not its own."""
    if isinstance(asked, Aged | Dated):
        own = isinstance(field, Age if isinstance(asked, Aged) else When)
        same = own and not isinstance(field, Who) and asked.anchor is field.anchor
        return {field.key: _range(asked.range)} if same else None
    match asked, field:
        case (Gender(), Who(field=PersonField.GENDER)):
            return {field.key: _concepts(asked.concepts)}
        case (PersonCoded(), Who()) if asked.field is field.field:
            return {field.key: _concepts(asked.concepts)}
        case (PersonBySet(), Who()) if asked.field is field.field:
            return {field.key + "CS": _selection(asked, numbers)}
    return None


def _coded(asked: Coded | CodedBySet, field: Codes | SetOf, numbers: Numbers) -> Json | None:
    if isinstance(asked, CodedBySet):
        if isinstance(field, Codes):
            return {field.key + "CS": _selection(asked, numbers)}
        plain = asked.concepts is not None and not asked.negated
        return {field.key: numbers[str(asked.concepts)]} if plain else None
    if isinstance(field, SetOf) or (asked.negated and field.exclude is None):
        return None
    written: Json = {field.key: _concepts(asked.concepts)}
    if field.exclude is not None:
        written[field.exclude] = asked.negated
    return written


def _concepts(ids: tuple[int, ...]) -> list[Json]:
    return [{"CONCEPT_ID": i} for i in ids]


def _selection(asked: CodedBySet | PersonBySet, numbers: Numbers) -> Json:
    number = None if asked.concepts is None else numbers[asked.concepts]
    return {"CodesetId": number, "IsExclusion": asked.negated}


def _text(asked: Textual) -> Json:
    op = TEXT_WORDS[asked.op]
    return {"Text": asked.text, "Op": f"!{op}" if asked.negated else op}


def _range(asked: NumberRange | DateRange) -> Json:
    ends = {"Value": asked.value, "Extent": asked.extent}
    written = {k: _end(v) for k, v in ends.items() if v is not None}
    return {**written, "Op": word(OPS, asked.op)}


def _end(value: Any) -> Any:
    if isinstance(value, float | int):
        return int(value) if float(value).is_integer() else value
    return value.isoformat()


def _shift(asked: DateShift) -> Json:
    return {
        "StartWith": word(SIDES, asked.start_from).upper(),
        "StartOffset": asked.start_days,
        "EndWith": word(SIDES, asked.end_from).upper(),
        "EndOffset": asked.end_days,
    }


def group(asked: Group, numbers: Numbers) -> Json:
    """Return a group."""
    written: Json = {
        "Type": word(MODES, asked.mode).upper(),
        "CriteriaList": [_near(n, numbers) for n in asked.events],
        "DemographicCriteriaList": [_person(p, numbers) for p in asked.person],
        "Groups": [group(g, numbers) for g in asked.groups],
    }
    return written if asked.count is None else {**written, "Count": asked.count}


def _person(asked: Demographic, numbers: Numbers) -> Json:
    for field in PERSON_FIELDS:
        written = fact(asked, field, numbers)
        if written is not None:
            return written
    raise invalid("person", type(asked).__name__, "Circe 的人口学条件", "of Circe's demographics")


def _near(asked: Near, numbers: Numbers) -> Json:
    written: Json = {
        "Criteria": criterion(asked.criterion, numbers),
        "StartWindow": _window(asked.window),
        "Occurrence": _occurrence(asked),
        "RestrictVisit": asked.same_visit,
        "IgnoreObservationPeriod": asked.outside_observation,
    }
    if asked.second_window is not None:
        written["EndWindow"] = _window(asked.second_window)
    return written


def _occurrence(asked: Near) -> Json:
    written: Json = {
        "Type": int(word(COUNTING, asked.counting)),
        "Count": asked.count,
        "IsDistinct": asked.distinct is not Distinct.EVENT,
    }
    if asked.distinct is not Distinct.EVENT:
        written["CountColumn"] = word(COLUMNS, asked.distinct).upper()
    return written


def _window(asked: Window) -> Json:
    return {
        "Start": _edge(asked.first_day, asked.first_open),
        "End": _edge(asked.last_day, asked.last_open),
        "UseIndexEnd": asked.index is Anchor.END,
        "UseEventEnd": asked.event is Anchor.END,
    }


def _edge(days: int | None, side: Anchor) -> Json:
    if days is None:
        return {"Coeff": -1 if side is Anchor.START else 1}
    return {"Days": abs(days), "Coeff": -1 if days < 0 else 1}
