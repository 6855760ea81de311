"""Entry: observation, limits and the order of events."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

import pytest

from qundao.query import Anchor, EndOfObservation, FixedOffset, Limit, Observation, new_users
from support.populations import condition, population

PERIODS = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    2         | 2                     | 2020-06-01                    | 2020-06-30
    """
EVENTS = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date
    1         | 1                       | 10                   | 2020-01-31
    1         | 2                       | 10                   | 2020-12-01
    1         | 3                       | 10                   | 2021-01-01
    2         | 4                       | 10                   | 2020-06-01
    3         | 5                       | 10                   | 2020-06-01
    """


@pytest.fixture(autouse=True)
def rows(spec):
    spec.given(observation_period=PERIODS, condition_occurrence=EVENTS)


def test_events_outside_observation_do_not_count_unless_told_so(spec):
    assert spec.cohort(population(observation=Observation())) == {
        1: ["2020-01-31", "2020-12-01"],
        2: ["2020-06-01"],
    }
    assert sorted(spec.cohort(population(observation=None))) == [1, 2, 3]


@pytest.mark.parametrize(
    ("prior", "post", "subjects"),
    [
        (30, 0, {1: ["2020-01-31", "2020-12-01"]}),
        (31, 0, {1: ["2020-12-01"]}),
        (0, 29, {1: ["2020-01-31", "2020-12-01"], 2: ["2020-06-01"]}),
        (0, 30, {1: ["2020-01-31", "2020-12-01"]}),
        (0, 31, {1: ["2020-01-31"]}),
    ],
)
def test_days_of_observation_before_and_after_are_counted_to_the_day(spec, prior, post, subjects):
    assert spec.cohort(population(observation=Observation(prior, post))) == subjects


@pytest.mark.parametrize(
    ("limit", "day"), [(Limit.FIRST, "2020-01-31"), (Limit.LAST, "2021-01-01")]
)
def test_a_limit_keeps_one_event_of_each_person(spec, limit, day):
    assert spec.cohort(population(limit=limit)) == {1: [day], 2: ["2020-06-01"], 3: ["2020-06-01"]}


def test_the_entry_limit_is_applied_after_observation_is_looked_at(spec):
    assert spec.cohort(population(observation=Observation(60), limit=Limit.FIRST)) == {
        1: ["2020-12-01"]
    }


@pytest.mark.parametrize(
    ("ids", "end"), [((7, 3), "2020-02-20"), ((3, 7), "2020-02-10"), ((3, 3), "2020-02-10")]
)
def test_on_one_day_the_lower_event_id_goes_first_then_the_criterion_written_first(spec, ids, end):
    """Both events start on the same day; the stay shows which of them was kept."""
    spec.given(
        observation_period=PERIODS,
        condition_occurrence=f"""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
            1         | {ids[0]}                | 10                   | 2020-02-01           | 2020-02-10
            1         | {ids[1]}                | 20                   | 2020-02-01           | 2020-02-20
            """,
    )
    for limit in (Limit.FIRST, Limit.LAST):
        asked = population(
            condition("ten"), condition("twenty"), limit=limit, exit=FixedOffset(Anchor.END)
        )
        assert spec.cohort(asked) == {1: [f"2020-02-01 … {end}"]}


def test_overlapping_observation_periods_give_one_stay(spec):
    spec.given(
        observation_period="""
            person_id | observation_period_id | observation_period_start_date | observation_period_end_date
            1         | 1                     | 2020-01-01                    | 2020-06-30
            1         | 2                     | 2020-01-15                    | 2020-12-31
            """,
        condition_occurrence=EVENTS,
    )
    asked = population(observation=Observation(), limit=Limit.ALL, exit=EndOfObservation())
    assert spec.cohort(asked) == {1: ["2020-01-31 … 2020-12-31"]}


ERAS = """
    person_id | drug_era_id | drug_concept_id | drug_era_start_date | drug_era_end_date
    1         | 1           | 1118084         | 2020-07-01          | 2020-07-31
    1         | 2           | 1118084         | 2020-09-01          | 2020-09-30
    2         | 3           | 1118084         | 2020-06-30          | 2020-07-02
    3         | 4           | 1118084         | 2020-06-30          | 2020-07-02
    """


def test_new_users_start_with_their_first_era_ever(spec):
    spec.given(observation_period=PERIODS, drug_era=ERAS)
    assert spec.cohort(new_users(1118084)) == {
        1: ["2020-07-01 … 2020-07-31"],
        2: ["2020-06-30 … 2020-07-02"],
        3: ["2020-06-30 … 2020-07-02"],
    }


def test_new_users_with_a_washout_are_observed_that_long_before(spec):
    spec.given(observation_period=PERIODS, drug_era=ERAS)
    assert sorted(spec.cohort(new_users(1118084, washout_days=180))) == [1]
    assert spec.cohort(new_users(1118084, washout_days=0)) == {
        1: ["2020-07-01 … 2020-07-31"],
        2: ["2020-06-30"],
    }
