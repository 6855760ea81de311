"""Groups: what must stand around an entry event."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

import pytest

from qundao.query import (
    Aged,
    Anchor,
    Counting,
    Distinct,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    NumberRange,
    Observation,
    Op,
    Rule,
    Window,
)
from support.populations import condition, population

PERIODS = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    """


def around(*days, concept=20, visit=None):
    """Lay an index event of concept 10 on 2020-06-15 and others some days from it."""
    from datetime import date, timedelta

    index = date(2020, 6, 15)
    lines = ["1 | 1 | 10 | 2020-06-15 | 2020-06-25 | 5"]
    for i, days_away in enumerate(days):
        day = index + timedelta(days_away)
        lines.append(f"1 | {i + 2} | {concept} | {day} | {day} | {visit or ''}")
    header = (
        "person_id | condition_occurrence_id | condition_concept_id"
        " | condition_start_date | condition_end_date | visit_occurrence_id"
    )
    return {"condition_occurrence": "\n".join([header, *lines]), "observation_period": PERIODS}


def holds(spec, *near, mode=Mode.ALL, observation=None, **options):
    group = Group(mode, events=near, **options)
    asked = population(additional=group, observation=observation)
    return spec.cohort(asked) == {1: ["2020-06-15"]}


@pytest.mark.parametrize(
    ("day", "inside"), [(-8, False), (-7, True), (-1, True), (0, False), (3, False)]
)
def test_a_window_counts_days_from_the_start_with_both_ends(spec, day, inside):
    spec.given(**around(day))
    assert holds(spec, Near(condition("twenty"), Window(-7, -1))) is inside


@pytest.mark.parametrize(("day", "inside"), [(9, False), (10, True), (12, True), (13, False)])
def test_a_window_may_count_from_the_end_of_the_index_event(spec, day, inside):
    spec.given(**around(day))
    assert holds(spec, Near(condition("twenty"), Window(0, 2, index=Anchor.END))) is inside


def test_a_window_may_look_at_the_end_of_the_other_event(spec):
    spec.given(
        observation_period=PERIODS,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 1                       | 10                   | 2020-06-15           | 2020-06-15
            1         | 2                       | 20                   | 2020-05-01           | 2020-06-20
            """,
    )
    ends_after = Window(0, None, event=Anchor.END)
    assert holds(spec, Near(condition("twenty"), ends_after))
    assert not holds(spec, Near(condition("twenty"), Window(0, None)))
    spans = Near(condition("twenty"), Window(None, 0), second_window=ends_after)
    assert holds(spec, spans)


def test_an_open_window_reaches_as_far_as_observation(spec):
    spec.given(**around(-166))  # 2020-01-01, the first day of observation
    assert holds(spec, Near(condition("twenty"), Window(None, 0)), observation=Observation())
    spec.given(**around(-167))
    assert not holds(spec, Near(condition("twenty"), Window(None, 0)), observation=Observation())
    beyond = Near(condition("twenty"), Window(None, 0), outside_observation=True)
    assert holds(spec, beyond, observation=Observation())
    assert holds(spec, Near(condition("twenty"), Window(None, 0)), observation=None)


@pytest.mark.parametrize(("end", "inside"), [("2020-12-31", True), ("2021-01-01", False)])
def test_an_open_window_over_the_end_of_an_event_reaches_as_far_as_observation_too(
    spec, end, inside
):
    spec.given(
        observation_period=PERIODS,
        condition_occurrence=f"""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 1                       | 10                   | 2020-06-15           | 2020-06-15
            1         | 2                       | 20                   | 2020-05-01           | {end}
            """,
    )
    near = Near(condition("twenty"), Window(0, None, event=Anchor.END))
    assert holds(spec, near, observation=Observation()) is inside
    assert holds(spec, near, observation=None)


@pytest.mark.parametrize(
    ("counting", "count", "held"),
    [
        (Counting.AT_LEAST, 2, True),
        (Counting.AT_LEAST, 3, False),
        (Counting.AT_MOST, 1, False),
        (Counting.AT_MOST, 2, True),
        (Counting.EXACTLY, 2, True),
        (Counting.EXACTLY, 0, False),
    ],
)
def test_events_are_counted(spec, counting, count, held):
    spec.given(**around(-3, -2, 40))
    assert holds(spec, Near(condition("twenty"), Window(-7, 0), counting, count)) is held


@pytest.mark.parametrize("counting", [Counting.EXACTLY, Counting.AT_MOST])
def test_no_event_at_all_is_counted_as_zero(spec, counting):
    spec.given(**around())
    assert holds(spec, Near(condition("twenty"), Window(-7, 0), counting, 0))


def test_the_index_event_counts_itself_where_the_window_holds_it(spec):
    spec.given(**around())
    assert holds(spec, Near(condition("ten"), Window(0, 0), Counting.EXACTLY, 1))


@pytest.mark.parametrize(
    ("distinct", "number"),
    [(Distinct.EVENT, 4), (Distinct.DAY, 3), (Distinct.CONCEPT, 2), (Distinct.VISIT, 1)],
)
def test_days_concepts_or_visits_may_be_counted_once(spec, distinct, number):
    spec.given(
        observation_period=PERIODS,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | visit_occurrence_id
            1         | 1                       | 10                   | 2020-06-15           | 5
            1         | 2                       | 20                   | 2020-06-14           | 5
            1         | 3                       | 20                   | 2020-06-14           |
            1         | 4                       | 20                   | 2020-06-13           |
            """,
    )
    near = Near(condition(None), Window(-7, 0), Counting.EXACTLY, number, distinct)
    assert holds(spec, near)


def test_the_same_visit_is_a_visit_that_both_events_name(spec):
    spec.given(**around(0, visit=5))
    near = Near(condition("twenty"), Window(0, 0), same_visit=True)
    assert holds(spec, near)
    for other in (6, None):
        spec.given(**around(0, visit=other))
        assert not holds(spec, near)


ONE, NONE = Near(condition("ten"), Window(0, 0)), Near(condition("thirty"), Window(0, 0))


@pytest.mark.parametrize(
    ("mode", "count", "parts", "held"),
    [
        (Mode.ALL, None, (ONE, ONE), True),
        (Mode.ALL, None, (ONE, NONE), False),
        (Mode.ANY, None, (NONE, ONE), True),
        (Mode.ANY, None, (NONE,), False),
        (Mode.AT_LEAST, 2, (ONE, NONE, ONE), True),
        (Mode.AT_LEAST, 2, (ONE, NONE, NONE), False),
        (Mode.AT_MOST, 1, (ONE, NONE, NONE), True),
        (Mode.AT_MOST, 0, (NONE,), True),
        (Mode.AT_MOST, 0, (ONE, NONE), False),
    ],
)
def test_a_group_holds_by_the_number_of_its_parts(spec, mode, count, parts, held):
    spec.given(**around())
    assert holds(spec, *parts, mode=mode, count=count) is held


def test_groups_hold_groups_and_facts_of_the_person(spec):
    spec.given(
        **around(),
        person="""
            person_id | gender_concept_id | year_of_birth
            1         | 8532              | 1980
            """,
    )
    woman, man = Gender((8532,)), Gender((8507,))
    forty = Aged(Anchor.START, NumberRange(Op.EQ, 40))
    inner = Group(Mode.ANY, person=(man,), events=(NONE,))
    assert holds(spec, ONE, person=(woman, forty))
    assert not holds(spec, ONE, groups=(inner,))
    assert holds(spec, mode=Mode.AT_LEAST, count=1, person=(woman,), groups=(inner,))


def test_a_nearby_event_may_ask_for_events_near_itself(spec):
    """Concept 20 counts only with concept 30 within a week after it."""
    after = Group(Mode.ALL, (Near(condition("thirty"), Window(0, 7)),))
    near = Near(condition("twenty", near=after), Window(-30, 0))
    rows = """
        person_id | condition_occurrence_id | condition_concept_id | condition_start_date
        1         | 1                       | 10                   | 2020-06-15
        1         | 2                       | 20                   | 2020-06-01
        1         | 3                       | 30                   | {day}
        """
    spec.given(observation_period=PERIODS, condition_occurrence=rows.format(day="2020-06-08"))
    assert holds(spec, near)
    spec.given(observation_period=PERIODS, condition_occurrence=rows.format(day="2020-06-09"))
    assert not holds(spec, near)


def test_rules_apply_one_after_the_other_and_limits_between_them(spec):
    """The qualified limit comes before the rules, the included limit after."""
    spec.given(
        observation_period=PERIODS,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-03-01
            1         | 2                       | 10                   | 2020-06-01
            1         | 3                       | 10                   | 2020-09-01
            1         | 4                       | 20                   | 2020-05-31
            1         | 5                       | 20                   | 2020-08-31
            """,
    )
    rule = Rule(
        "twenty the day before", Group(Mode.ALL, (Near(condition("twenty"), Window(-1, -1)),))
    )
    assert spec.cohort(population(rules=(rule,))) == {1: ["2020-06-01", "2020-09-01"]}
    assert spec.cohort(population(rules=(rule,), included_limit=Limit.FIRST)) == {1: ["2020-06-01"]}
    assert spec.cohort(population(rules=(rule,), qualified_limit=Limit.FIRST)) == {}
    never = Rule("never", Group(Mode.ALL, (NONE,)))
    assert spec.cohort(population(rules=(rule, never))) == {}
