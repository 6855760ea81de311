"""Which populations are coarse enough for the explore lane, and what is counted of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qundao.analysis.normal_form import population_form
from qundao.query import (
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    ConceptItem,
    ConceptSet,
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
    Rule,
    TextOp,
    Textual,
    Window,
)
from qundao.query.exploring import MOST_CRITERIA, counted, exploring_refusals
from qundao.query.simplified import simplified
from support.populations import TEN, THIRTY, condition, population


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
    "point": measured(Numeric("value_as_number", NumberRange(Op.BT, 6.1, 6.1))),
    "point in two": measured(
        Numeric("value_as_number", NumberRange(Op.GTE, 6.1)),
        Numeric("value_as_number", NumberRange(Op.LTE, 6.1)),
    ),
    "residence": population(Criterion(Domain.LOCATION_REGION, "ten")),
    "payer": population(Criterion(Domain.PAYER_PLAN_PERIOD, "ten")),
    "record type": measured(Coded("type", (32817,))),
    "specialty": measured(Coded("provider_specialty", (38004446,))),
    "lot": measured(Numeric("range_low", NumberRange(Op.GTE, 1))),
    "source codes": population(condition(source_concepts="twenty")),
    "any number": near(count=0),
    "any age": measured(Aged(Anchor.START, NumberRange(Op.GTE, 0))),
}
SAME = {
    "empty group": Group(Mode.ALL),
    "any number": Group(Mode.ALL, (Near(condition("twenty"), Window(0, 14), count=0),)),
    "at least none": Group(Mode.AT_LEAST, (Near(condition("twenty")),), count=0),
    "at most all": Group(Mode.AT_MOST, (Near(condition("twenty"), Window(0, 7)),), count=1),
    "in a group": Group(
        Mode.ALL, groups=(Group(Mode.ANY), Group(Mode.ALL, groups=(Group(Mode.ALL),)))
    ),
    "none of nothing": Group(
        Mode.ALL, (Near(condition("empty"), counting=Counting.EXACTLY, count=0),)
    ),
}


@pytest.mark.parametrize("found", COARSE.values(), ids=COARSE)
def test_what_is_coarse_may_be_counted(found: Population) -> None:
    assert places(found) == []


@pytest.mark.parametrize("found", FINE.values(), ids=FINE)
def test_what_is_fine_is_refused_at_its_place(found: Population) -> None:
    (where,) = places(found)
    assert where.startswith("$.")


@pytest.mark.parametrize("group", SAME.values(), ids=SAME)
@pytest.mark.parametrize("as_rule", [True, False], ids=["rule", "additional"])
def test_what_changes_nothing_makes_no_new_question(group: Group, as_rule: bool) -> None:
    """Otherwise the same question could be asked again for fresh noise, and the noise averaged."""
    sets = (*population().concept_sets, ConceptSet("empty", ()))
    part = {"rules": (Rule("r", group),)} if as_rule else {"additional": group}
    asked = population(sets=sets, **part)
    assert population_form(asked) == population_form(population(sets=sets))
    assert simplified(asked) == population(sets=sets)
    real = replace(asked, additional=Group(Mode.ALL, (Near(condition("twenty")),)))
    assert population_form(real) != population_form(asked)


def test_an_exclusion_of_nothing_and_none_said_twice_are_no_new_question() -> None:
    more = replace(TEN, items=(*TEN.items, ConceptItem(99, excluded=True)))
    plain, padded = population(sets=(TEN,)), population(sets=(more,))
    assert population_form(padded) == population_form(plain)
    below = ConceptSet("ten", (ConceptItem(10, descendants=True),))
    less = replace(below, items=(*below.items, ConceptItem(99, excluded=True)))
    assert population_form(population(sets=(less,))) != population_form(population(sets=(below,)))
    none = near(counting=Counting.EXACTLY, count=0)
    assert population_form(near(counting=Counting.AT_MOST, count=0)) == population_form(none)
    nested = replace(none, additional=Group(Mode.ALL, groups=(none.additional,)))
    assert population_form(nested) == population_form(none)


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
