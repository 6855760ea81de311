"""Measures over OMOP: time to an event, and covariates at the index date."""

from __future__ import annotations

import pytest

from qundao.query import (
    AgeAtIndex,
    AnyPrior,
    Arm,
    Baseline,
    FollowUp,
    Limit,
    Sex,
    TimeToEvent,
    Window,
    time_to_first,
)
from support.populations import TEN, TWENTY, condition, population

ARM = Arm("ten", population(limit=Limit.FIRST))
PERIODS = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    2         | 2                     | 2020-01-01                    | 2020-03-31
    """
EVENTS = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date
    1         | 1                       | 10                   | 2020-03-01
    2         | 2                       | 10                   | 2020-03-01
    3         | 3                       | 10                   | 2020-03-01
    """
OUTCOME = (TWENTY,)


def with_outcomes(spec, *days):
    """Lay outcomes of concept 20 for persons 1, 2, 3 in turn; None lays none."""
    rows = [f"{i + 1} | {i + 9} | 20 | {d}" for i, d in enumerate(days) if d]
    spec.given(observation_period=PERIODS, condition_occurrence="\n".join([EVENTS.rstrip(), *rows]))


def measure(**options):
    return TimeToEvent((ARM,), condition("twenty"), 90, OUTCOME, **options)


def test_without_outcome_people_are_followed_to_horizon_or_end_of_observation(spec):
    with_outcomes(spec)
    assert spec.times(measure()) == {
        ("ten", 1): (90, False),
        ("ten", 2): (30, False),
        ("ten", 3): (0, False),
    }
    assert spec.times(measure(follow_up=FollowUp.HORIZON)) == {
        ("ten", n): (90, False) for n in (1, 2, 3)
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-02-29", (90, False)),
        ("2020-03-01", (0, True)),
        ("2020-05-30", (90, True)),
        ("2020-05-31", (90, False)),
    ],
)
def test_outcomes_count_from_day_0_to_the_horizon(spec, day, expected):
    with_outcomes(spec, day)
    assert spec.times(measure())["ten", 1] == expected


def test_an_outcome_after_observation_is_not_seen(spec):
    with_outcomes(spec, None, "2020-04-01", "2020-03-02")
    assert spec.times(measure())["ten", 2] == (30, False)
    assert spec.times(measure())["ten", 3] == (0, False)
    assert spec.times(measure(follow_up=FollowUp.HORIZON))["ten", 3] == (1, True)


def test_the_first_day_that_counts_may_be_later(spec):
    with_outcomes(spec, "2020-03-01")
    assert spec.times(measure(first_day=1))["ten", 1] == (90, False)


def test_the_first_of_several_outcomes_decides(spec):
    with_outcomes(spec, "2020-03-20")
    again = "\n1 | 50 | 20 | 2020-03-11"
    spec.given(
        observation_period=PERIODS,
        condition_occurrence=EVENTS.rstrip() + "\n1 | 51 | 20 | 2020-03-20" + again,
    )
    assert spec.times(measure())["ten", 1] == (10, True)


def test_arms_stand_side_by_side_and_outcomes_take_descendants(spec):
    spec.given(
        observation_period=PERIODS,
        concept_ancestor="""
            ancestor_concept_id | descendant_concept_id
            30                  | 31
            """,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-03-01
            1         | 2                       | 20                   | 2020-03-03
            1         | 3                       | 31                   | 2020-03-08
            """,
    )
    other = Arm("twenty", population(condition("twenty")))
    assert spec.times(time_to_first((ARM, other), 30, 365)) == {
        ("ten", 1): (7, True),
        ("twenty", 1): (5, True),
    }


def test_covariates_are_taken_at_the_index_date(spec):
    spec.given(
        person="""
            person_id | gender_concept_id | year_of_birth
            1         | 8532              | 1980
            2         | 8507              | 1950
            3         | 0                 | 1990
            """,
        observation_period=PERIODS,
        condition_occurrence=EVENTS.rstrip()
        + """
            1         | 9                       | 20                   | 2019-03-02
            2         | 10                      | 20                   | 2019-03-01
            3         | 11                      | 20                   | 2020-03-02
            """,
    )
    year_before = AnyPrior("twenty_in_year", condition("twenty"), Window(-365, 0))
    ever_before = AnyPrior("twenty_ever", condition("twenty"))
    asked = Baseline((ARM,), (AgeAtIndex(), Sex(), year_before, ever_before), (TEN, TWENTY))
    assert spec.baseline(asked) == {
        ("ten", 1): {"age": 40, "sex": "female", "twenty_in_year": True, "twenty_ever": True},
        ("ten", 2): {"age": 70, "sex": "male", "twenty_in_year": False, "twenty_ever": True},
        ("ten", 3): {"age": 30, "sex": "other", "twenty_in_year": False, "twenty_ever": False},
    }


def test_someone_whom_the_person_table_has_not_still_has_a_row(spec):
    spec.given(observation_period=PERIODS, condition_occurrence=EVENTS)
    asked = Baseline((ARM,), (AgeAtIndex(), Sex()))
    assert spec.baseline(asked)["ten", 1] == {"age": None, "sex": "other"}
