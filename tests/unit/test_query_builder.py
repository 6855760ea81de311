"""The builder: a sentence is the population that it says."""

from __future__ import annotations

from datetime import date

import pytest

from qundao import query
from qundao.kernel.errors import QundaoError
from qundao.query import (
    Abnormal,
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    ContinuousExposure,
    Counting,
    Criterion,
    Dated,
    DateRange,
    DateShift,
    Distinct,
    Domain,
    Entry,
    FixedOffset,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    Period,
    Population,
    Rule,
    TextOp,
    Textual,
    Window,
    concept_set,
)
from qundao.query import builder as q

METFORMIN = concept_set("metformin", 1503297)
DIABETES = concept_set("type 2 diabetes", 201826)
STROKE = concept_set("stroke", 443454)

ADULT_WOMEN = (q.women(), q.aged(at_least=18))
NO_STROKE = q.no(q.condition(STROKE)).before()


def test_a_sentence_is_the_population_that_it_says():
    said = (
        q.people("New users of metformin")
        .entering_with(q.drug(METFORMIN).first(), observed_before=365)
        .required("diabetes before", q.at_least(1, q.condition(DIABETES)).before(365))
        .required("adult women without a stroke", *ADULT_WOMEN, NO_STROKE)
        .keeping(Limit.FIRST)
        .leaving_after_exposure_to(METFORMIN, gap_days=30)
        .censored_by(q.death())
        .joining_stays(days_apart=7)
        .between(date(2015, 1, 1), None)
        .build()
    )
    adult_women = (Gender((8532,)), Aged(Anchor.START, NumberRange(Op.GTE, 18)))
    stroke = Near(Criterion(Domain.CONDITION, "stroke"), Window(None, -1), Counting.EXACTLY, 0)
    before = Near(Criterion(Domain.CONDITION, "type 2 diabetes"), Window(-365, -1))
    assert said == Population(
        "New users of metformin",
        (METFORMIN, DIABETES, STROKE),
        Entry((Criterion(Domain.DRUG, "metformin", first=True),), Observation(365)),
        rules=(
            Rule("diabetes before", Group(Mode.ALL, (before,))),
            Rule("adult women without a stroke", Group(Mode.ALL, (stroke,), adult_women)),
        ),
        included_limit=Limit.FIRST,
        exit=ContinuousExposure("metformin", 30),
        censoring=(Criterion(Domain.DEATH),),
        collapse_days=7,
        period=Period(date(2015, 1, 1)),
    )
    assert query.from_json(query.to_json(said)) == said


def test_what_is_asked_of_events():
    events = (
        q.measurement(METFORMIN)
        .recorded_as(DIABETES)
        .with_value(above=7, units=(8751, 8753))
        .with_number("range_high", between=(5, 6))
        .abnormal()
        .coded_in("operator", STROKE)
        .not_coded("type", 32817)
        .starting(on_or_after=date(2020, 1, 1))
        .at_age(below=65)
        .of_gender(8507)
    )
    assert events.criterion == Criterion(
        Domain.MEASUREMENT,
        "metformin",
        source_concepts="type 2 diabetes",
        where=(
            Numeric("value_as_number", NumberRange(Op.GT, 7)),
            Coded("unit", (8751, 8753)),
            Numeric("range_high", NumberRange(Op.BT, 5, 6)),
            Abnormal(),
            CodedBySet("operator", "stroke"),
            Coded("type", (32817,), negated=True),
            Dated(Anchor.START, DateRange(Op.GTE, date(2020, 1, 1))),
            Aged(Anchor.START, NumberRange(Op.LT, 65)),
            Gender((8507,)),
        ),
    )
    assert events.sets == (METFORMIN, DIABETES, STROKE)
    dose = q.dose_era().with_value(equal_to=5).criterion
    assert dose.where == (Numeric("dose_value", NumberRange(Op.EQ, 5)),)
    stay = q.visit().lasting(at_least=3).ending(before=date(2021, 1, 1)).criterion
    assert stay.where[0] == Numeric("era_length", NumberRange(Op.GTE, 3))
    assert stay.where[1] == Dated(Anchor.END, DateRange(Op.LT, date(2021, 1, 1)))
    text = q.observation().containing("value_as_string", "smok").criterion
    assert text.where == (Textual("value_as_string", TextOp.CONTAINS, "smok"),)
    shift = DateShift(Anchor.END, 1)
    assert q.drug().moved(shift).criterion.dates == shift
    given = Period(date(2020, 1, 1))
    assert q.observation_period().holding(given).criterion.within == given


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (q.at_least(2, q.drug()).after(30), Near(Criterion(Domain.DRUG), Window(1, 30), count=2)),
        (
            q.at_most(1, q.drug()).on_the_day(),
            Near(Criterion(Domain.DRUG), Window(0, 0), Counting.AT_MOST),
        ),
        (
            q.at_least(1, q.drug()).in_days(-7, None).from_its_end().ending(),
            Near(Criterion(Domain.DRUG), Window(-7, None, Anchor.END, Anchor.END)),
        ),
        (
            q.at_least(1, q.visit()).while_it_lasts(),
            Near(
                Criterion(Domain.VISIT),
                Window(None, 0),
                second_window=Window(0, None, event=Anchor.END),
            ),
        ),
        (
            q.at_least(2, q.drug())
            .counting(Distinct.DAY)
            .in_the_same_visit()
            .also_outside_observation()
            .also_in(Window(0, 3)),
            Near(
                Criterion(Domain.DRUG),
                count=2,
                distinct=Distinct.DAY,
                same_visit=True,
                outside_observation=True,
                second_window=Window(0, 3),
            ),
        ),
    ],
)
def test_when_and_how_often(asked, near):
    assert asked.near == near


def test_groups_hold_their_parts_and_their_concept_sets():
    inner = q.any_of(q.at_least(1, q.condition(STROKE)), q.men())
    group = q.at_least_of(2, inner, q.at_most_of(1, q.no(q.drug(METFORMIN))), q.women())
    assert group.group.mode is Mode.AT_LEAST
    assert (group.group.count, len(group.group.groups), len(group.group.person)) == (2, 2, 1)
    assert group.sets == (STROKE, METFORMIN)
    events = q.drug(METFORMIN).near(q.at_least(1, q.condition(STROKE)))
    assert events.sets == (METFORMIN, STROKE)
    assert events.criterion.near == Group(Mode.ALL, (Near(Criterion(Domain.CONDITION, "stroke")),))
    asked = q.people("x").entering_with(events, anywhere=True, only=Limit.LAST).having(inner)
    built = asked.leaving_after(3, from_its_end=True).build()
    assert built.entry.observation is None
    assert built.additional == inner.group
    assert built.exit == FixedOffset(Anchor.END, 3)
    assert asked.leaving_after(0).leaving_with_observation().exit == query.EndOfObservation()


def test_every_domain_has_its_word():
    words = [w for name in q.__all__ if isinstance(w := getattr(q, name), type(q.drug))]
    domains = {
        made.criterion.domain
        for word in words
        if word.__module__.endswith("events") and isinstance(made := word(), q.Events)
    }
    assert domains == set(Domain)


def test_what_cannot_be_built_is_said():
    with pytest.raises(QundaoError) as nobody:
        q.people("x").build()
    assert nobody.value.problems[0].where.endswith("entry")
    with pytest.raises(QundaoError) as two:
        q.aged(at_least=18, below=65)
    assert two.value.problems[0].received == "at_least, below"
    same = concept_set("metformin", 1)
    both = q.people("x").entering_with(q.drug(METFORMIN), q.drug(same))
    with pytest.raises(QundaoError) as repeated:
        both.build()
    assert "metformin" in repeated.value.problems[0].received
