"""Which populations are coarse enough for the explore lane, and what is counted of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qundao.query import (
    Aged,
    Anchor,
    CodedBySet,
    Counting,
    Criterion,
    Dated,
    DateRange,
    DateShift,
    Distinct,
    Domain,
    Entry,
    FixedOffset,
    Group,
    Limit,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    Period,
    PersonCoded,
    PersonField,
    Population,
    TextOp,
    Textual,
    Window,
)
from qundao.query.exploring import MOST_CRITERIA, counted, exploring_refusals
from support.populations import THIRTY, condition, population


def places(found: Population) -> list[str]:
    refused = exploring_refusals(found)
    assert {p.code for p in refused} <= {"query.too_fine"}
    return [p.where for p in refused]


def measured(*where: object) -> Population:
    return population(Criterion(Domain.MEASUREMENT, "ten", where=where))


def near(**options: object) -> Population:
    found = Near(condition("twenty"), **options)
    return population(additional=Group(Mode.ALL, (found,)))


COARSE = {
    "first": population(condition(first=True), limit=Limit.FIRST),
    "absence": near(window=Window(-365, -1), counting=Counting.EXACTLY, count=0),
    "twice": near(window=Window(0, 180), count=2),
    "observed": population(observation=Observation(365, 30)),
    "age": measured(Aged(Anchor.START, NumberRange(Op.BT, 40, 59))),
    "old": measured(Aged(Anchor.START, NumberRange(Op.GT, 79))),
    "value": measured(Numeric("value_as_number", NumberRange(Op.GTE, 6.5))),
    "sex": measured(PersonCoded(PersonField.GENDER, (8532,))),
}
FINE = {
    "date": measured(Dated(Anchor.START, DateRange(Op.GTE, date(2020, 1, 1)))),
    "period": replace(population(), period=Period(date(2020, 1, 1))),
    "text": population(
        Criterion(Domain.OBSERVATION, where=(Textual("value_as_string", TextOp.CONTAINS, "x"),))
    ),
    "shifted": population(condition(dates=DateShift(start_days=3))),
    "race": measured(PersonCoded(PersonField.RACE, (8515,))),
    "set": measured(CodedBySet("unit", "twenty")),
    "age": measured(Aged(Anchor.START, NumberRange(Op.GTE, 41))),
    "one year": measured(Aged(Anchor.START, NumberRange(Op.EQ, 40))),
    "value": measured(Numeric("value_as_number", NumberRange(Op.GTE, 6.51))),
    "equal": measured(Numeric("value_as_number", NumberRange(Op.EQ, 6.0))),
    "window": near(window=Window(-37, 0)),
    "count": near(count=4),
    "exactly": near(counting=Counting.EXACTLY, count=2),
    "distinct": near(distinct=Distinct.DAY),
    "two windows": near(second_window=Window(0, 7)),
    "observed": population(observation=Observation(37)),
}


@pytest.mark.parametrize("found", COARSE.values(), ids=COARSE)
def test_what_is_coarse_may_be_counted(found: Population) -> None:
    assert places(found) == []


@pytest.mark.parametrize("found", FINE.values(), ids=FINE)
def test_what_is_fine_is_refused_at_its_place(found: Population) -> None:
    (where,) = places(found)
    assert where.startswith("$.")


def test_many_criteria_are_refused() -> None:
    events = tuple(Near(condition("twenty")) for _ in range(MOST_CRITERIA))
    assert places(population(additional=Group(Mode.ALL, events))) == ["$"]


def test_only_who_enters_is_counted() -> None:
    """Exits do not decide who is in: a fine one neither refuses nor changes the question."""
    found = population(observation=Observation())
    leaving = replace(
        found,
        exit=FixedOffset(Anchor.END, 37),
        censoring=(Criterion(Domain.DEATH, where=(Aged(Anchor.START, NumberRange(Op.EQ, 41)),)),),
        collapse_days=3,
    )
    assert places(leaving) == []
    assert counted(leaving) == counted(found)
    assert counted(found).concept_sets[-1] == THIRTY
    assert counted(found).entry == Entry((condition(),), Observation())
