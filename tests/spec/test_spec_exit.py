"""Exit: until when a person belongs."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

from datetime import date

import pytest

from qundao.query import Anchor, EndOfObservation, FixedOffset, Observation, Period
from support.populations import condition, population

PERIODS = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    """
ONE = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
    1         | 1                       | 10                   | 2020-03-01           | 2020-03-11
    """


def stays(spec, rows=ONE, **parts):
    spec.given(observation_period=PERIODS, condition_occurrence=rows)
    parts.setdefault("observation", Observation())
    return spec.cohort(population(**parts)).get(1, [])


def test_by_default_until_observation_ends(spec):
    assert stays(spec, exit=EndOfObservation()) == ["2020-03-01 … 2020-12-31"]


@pytest.mark.parametrize(
    ("anchor", "days", "end"),
    [
        (Anchor.START, 9, "2020-03-10"),
        (Anchor.END, 9, "2020-03-20"),
        (Anchor.END, 900, "2020-12-31"),
    ],
)
def test_a_fixed_number_of_days_never_beyond_observation(spec, anchor, days, end):
    assert stays(spec, exit=FixedOffset(anchor, days)) == [f"2020-03-01 … {end}"]


def test_without_observation_a_fixed_number_of_days_is_not_bounded(spec):
    assert stays(spec, observation=None, exit=FixedOffset(Anchor.END, 900)) == [
        "2020-03-01 … 2022-08-28"
    ]


TWO_AND_TWENTY = (
    ONE
    + """
    1         | 2                       | 20                   | 2020-02-01           | 2020-02-02
    1         | 3                       | 20                   | 2020-03-05           | 2020-03-05
    1         | 4                       | 20                   | 2020-03-08           | 2020-03-08
    """
)


def test_the_first_censoring_event_on_or_after_the_start_ends_the_stay(spec):
    assert stays(
        spec, TWO_AND_TWENTY, censoring=(condition("twenty"),), exit=EndOfObservation()
    ) == ["2020-03-01 … 2020-03-05"]
    on_the_day = TWO_AND_TWENTY.replace("2020-03-05", "2020-03-01")
    assert stays(spec, on_the_day, censoring=(condition("twenty"),), exit=EndOfObservation()) == [
        "2020-03-01"
    ]


def test_an_event_that_ends_before_it_starts_gives_no_stay(spec):
    rows = ONE.replace("2020-03-11", "2020-02-20")
    assert stays(spec, rows, exit=FixedOffset(Anchor.END)) == []


SEVERAL = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
    1         | 1                       | 10                   | 2020-03-01           | 2020-03-20
    1         | 2                       | 10                   | 2020-03-05           | 2020-03-10
    1         | 3                       | 10                   | 2020-03-20           | 2020-03-25
    1         | 4                       | 10                   | 2020-03-29           | 2020-03-30
    """


@pytest.mark.parametrize(
    ("pad", "expected"),
    [
        (0, ["2020-03-01 … 2020-03-25", "2020-03-29 … 2020-03-30"]),
        (3, ["2020-03-01 … 2020-03-25", "2020-03-29 … 2020-03-30"]),
        (4, ["2020-03-01 … 2020-03-30"]),
    ],
)
def test_stays_that_touch_are_one_also_across_a_padded_gap(spec, pad, expected):
    assert stays(spec, SEVERAL, exit=FixedOffset(Anchor.END), collapse_days=pad) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(date(2020, 3, 10), date(2020, 3, 29)), ["2020-03-10 … 2020-03-25", "2020-03-29"]),
        (Period(first=date(2020, 3, 26)), ["2020-03-29 … 2020-03-30"]),
        (Period(last=date(2020, 2, 1)), []),
    ],
)
def test_stays_are_cut_to_calendar_dates(spec, period, expected):
    assert stays(spec, SEVERAL, exit=FixedOffset(Anchor.END), period=period) == expected


def test_equal_stays_are_one(spec):
    """Two events of one day, each with the same end, and a later one beside them."""
    rows = """
        person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
        1         | 1                       | 10                   | 2020-03-01           | 2020-03-05
        1         | 2                       | 10                   | 2020-03-01           | 2020-03-05
        1         | 3                       | 10                   | 2020-04-01           | 2020-04-05
        """
    assert stays(spec, rows, exit=FixedOffset(Anchor.END)) == [
        "2020-03-01 … 2020-03-05",
        "2020-04-01 … 2020-04-05",
    ]
