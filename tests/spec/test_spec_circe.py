"""What Circe means where its JSON alone does not say: each rule of the reference's SQL."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

import json
from datetime import date

import pytest

from qundao.query import (
    Abnormal,
    Anchor,
    Coded,
    CodedBySet,
    ConceptSet,
    ContinuousExposure,
    Counting,
    Criterion,
    DateShift,
    Distinct,
    Domain,
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
    PersonBySet,
    PersonCoded,
    PersonField,
    Window,
    concept_set,
)
from qundao.query.circe import read_circe
from support.populations import condition, population

OBSERVED = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    """
ONE = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date | visit_occurrence_id | provider_id
    1         | 1                       | 10                   | 2020-06-01           | 2020-06-05         | 7                   | 3
    """
TWO = ONE.rstrip() + "\n    1 | 2 | 20 | 2020-01-01 | 2020-01-01 | |\n"
SETS = (
    concept_set("ten", 10, descendants=False),
    concept_set("twenty", 20, descendants=False),
    concept_set("thirty", 30, descendants=False),
    ConceptSet("none", ()),
)
INSIDE = Observation()
FOUND = {1: ["2020-06-01"]}


def asked(*criteria, **parts):
    parts.setdefault("observation", INSIDE)
    return population(*criteria, sets=SETS, **parts)


def found(spec, *near, mode=Mode.ALL, **parts):
    return spec.cohort(asked(additional=Group(mode, near, **parts)))


def test_the_sign_says_which_end_of_observation_a_side_without_days_stands_for(spec):
    spec.given(condition_occurrence=TWO, observation_period=OBSERVED)
    twenty = condition("twenty")
    assert found(spec, Near(twenty, Window(None, None, last_open=Anchor.START))) == FOUND
    assert found(spec, Near(twenty, Window(None, None, first_open=Anchor.END))) == {}
    spec.given(
        condition_occurrence=TWO.replace("2020-01-01", "2020-01-02"), observation_period=OBSERVED
    )
    assert found(spec, Near(twenty, Window(None, None, last_open=Anchor.START))) == {}


def test_an_inverted_window_holds_nothing(spec):
    spec.given(condition_occurrence=TWO, observation_period=OBSERVED)
    assert found(spec, Near(condition(), Window(1, -1))) == {}
    assert found(spec, Near(condition(), Window(1, -1), Counting.EXACTLY, 0)) == FOUND


def test_at_least_none_always_holds_and_so_does_a_group_without_parts(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    assert found(spec, Near(condition("twenty"), count=0)) == FOUND
    assert found(spec) == FOUND
    assert found(spec, mode=Mode.ANY) == FOUND
    assert found(spec, groups=(Group(Mode.ANY),)) == FOUND


def test_more_parts_than_there_are_hold_for_nobody(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    assert found(spec, Near(condition()), mode=Mode.AT_LEAST, count=2) == {}
    assert found(spec, Near(condition("twenty")), mode=Mode.AT_LEAST, count=0) == FOUND


def test_a_set_without_concepts_means_no_event(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    assert spec.cohort(asked(condition("none"))) == {}


def test_rows_of_an_event_in_two_observation_periods_are_counted_together(spec):
    overlapping = OBSERVED.rstrip() + "\n    1 | 2 | 2020-05-01 | 2020-08-01\n"
    spec.given(condition_occurrence=TWO, observation_period=overlapping)
    around = Near(condition(), Window(0, 0))
    twice = condition(near=Group(Mode.AT_LEAST, (around,), count=2))
    assert spec.cohort(asked(twice, limit=Limit.FIRST)) == FOUND
    every = condition(near=Group(Mode.ALL, (around,)))
    assert spec.cohort(asked(every, limit=Limit.FIRST)) == {}
    counted = condition(near=Group(Mode.ANY, (Near(condition(), Window(0, 0), count=2),)))
    assert spec.cohort(asked(counted, limit=Limit.FIRST)) == FOUND


def test_in_two_observation_periods_what_counts_rows_and_what_does_not(spec):
    """Person 1 is in two periods at once; 2 is not. Both have one event, which stands near itself."""
    overlapping = OBSERVED.rstrip() + "\n    1 | 2 | 2020-05-01 | 2020-08-01"
    overlapping += "\n    2 | 3 | 2020-01-01 | 2020-12-31\n"
    events = ONE.rstrip() + "\n    2 | 3 | 10 | 2020-06-01 | 2020-06-05 | |\n"
    person = """
    person_id | gender_concept_id | year_of_birth | race_concept_id
    1         | 8507              | 1980          | 20
    2         | 8507              | 1980          | 20
    """
    spec.given(condition_occurrence=events, observation_period=overlapping, person=person)
    itself = Near(condition(), Window(0, 0), Counting.AT_MOST, 3)
    male, twenty, thirty = (
        PersonCoded(field, (concept,))
        for field, concept in (
            (PersonField.GENDER, 8507),
            (PersonField.RACE, 20),
            (PersonField.RACE, 30),
        )
    )
    both, wrong = (Group(Mode.ALL, person=(male, race)) for race in (twenty, thirty))
    for group, people in (
        (Group(Mode.ANY, (itself,)), [2]),
        (Group(Mode.ANY, groups=(both,)), [1, 2]),
        (Group(Mode.ANY, groups=(wrong,)), []),
        (Group(Mode.AT_LEAST, groups=(Group(Mode.ALL),), count=4), [1]),
    ):
        entry = condition(near=group)
        assert sorted(spec.cohort(asked(entry, limit=Limit.FIRST))) == people


def test_a_visit_without_an_end_has_none(spec):
    visit = """
    person_id | visit_occurrence_id | visit_concept_id | visit_start_date | visit_end_date
    1         | 1                   | 10               | 2020-06-01       |
    """
    spec.given(visit_occurrence=visit, observation_period=OBSERVED)
    entry = Criterion(Domain.VISIT, "ten")
    assert spec.cohort(asked(entry)) == FOUND
    assert spec.cohort(asked(entry, exit=FixedOffset(Anchor.END))) == {}


def test_an_exit_before_the_start_lets_nobody_in(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    assert spec.cohort(asked(exit=FixedOffset(Anchor.START, -1))) == {}
    early = FixedOffset(Anchor.END, -1)
    assert spec.cohort(asked(exit=early)) == {1: ["2020-06-01 … 2020-06-04"]}


def test_moved_dates_are_what_everything_after_sees(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    moved = condition(dates=DateShift(Anchor.END, 1, Anchor.END, 3))
    stay = asked(moved, exit=FixedOffset(Anchor.END))
    assert spec.cohort(stay) == {1: ["2020-06-06 … 2020-06-08"]}
    backwards = condition(dates=DateShift(Anchor.END, 0, Anchor.START, 0))
    assert spec.cohort(asked(backwards)) == {}


def test_a_given_date_takes_the_place_of_a_period_that_holds_it(spec):
    spec.given(observation_period=OBSERVED)
    period = Criterion(Domain.OBSERVATION_PERIOD, within=Period(date(2020, 3, 1)))
    stay = asked(period, exit=FixedOffset(Anchor.END))
    assert spec.cohort(stay) == {1: ["2020-03-01 … 2020-12-31"]}
    outside = Criterion(Domain.OBSERVATION_PERIOD, within=Period(None, date(2021, 1, 1)))
    assert spec.cohort(asked(outside)) == {}


VISITS = """
    person_id | visit_occurrence_id | visit_concept_id | visit_start_date | visit_end_date | care_site_id
    1         | 7                   | 20               | 2020-06-01       | 2020-06-02     | 4
    2         | 8                   | 20               | 2020-06-01       | 2020-06-02     |
    """


@pytest.mark.parametrize(
    ("attribute", "held"),
    [
        (Coded("visit", (20,)), True),
        (Coded("visit", (10,)), False),
        (CodedBySet("visit", "twenty"), True),
        (CodedBySet("visit", "twenty", negated=True), False),
        (Coded("provider_specialty", (30,)), True),
        (CodedBySet("provider_specialty"), True),
        (CodedBySet("provider_specialty", negated=True), False),
        (CodedBySet("status"), False),
        (CodedBySet("status", negated=True), True),
    ],
)
def test_attributes_that_other_tables_hold(spec, attribute, held):
    provider = "provider_id | specialty_concept_id\n 3 | 30"
    spec.given(
        condition_occurrence=ONE,
        observation_period=OBSERVED,
        visit_occurrence=VISITS,
        provider=provider,
    )
    assert (spec.cohort(asked(condition(where=(attribute,)))) == FOUND) is held


def test_an_event_without_a_provider_has_no_specialty(spec):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED)
    none = condition(where=(CodedBySet("provider_specialty", negated=True),))
    assert spec.cohort(asked(none)) == FOUND


def test_a_visit_without_a_care_site_has_no_place_to_be_looked_at(spec):
    sites = "care_site_id | place_of_service_concept_id\n 4 | 30"
    spec.given(visit_occurrence=VISITS, observation_period=OBSERVED, care_site=sites)
    for negated in (False, True):
        site = CodedBySet("place_of_service", "thirty", negated)
        visit = Criterion(Domain.VISIT, "twenty", where=(site,))
        stays = spec.cohort(asked(visit, observation=None))
        assert stays == ({} if negated else FOUND)


def test_race_and_ethnicity_by_concept_and_by_set(spec):
    person = "person_id | gender_concept_id | year_of_birth | race_concept_id | ethnicity_concept_id\n 1 | 8507 | 1980 | 20 | 30"
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED, person=person)
    for fact, held in (
        (PersonCoded(PersonField.RACE, (20,)), True),
        (PersonCoded(PersonField.ETHNICITY, (20,)), False),
        (PersonBySet(PersonField.ETHNICITY, "thirty"), True),
        (PersonBySet(PersonField.RACE, "twenty", negated=True), False),
    ):
        group = Group(Mode.ALL, person=(fact,))
        assert (spec.cohort(asked(additional=group)) == FOUND) is held


MEASURED = """
    person_id | measurement_id | measurement_concept_id | measurement_date | value_as_number | range_low | range_high | value_as_concept_id
    1         | 1              | 10                     | 2020-06-01       | 30              | 5         | 10         |
    2         | 2              | 10                     | 2020-06-01       | 30              | 0         | 0          |
    3         | 3              | 10                     | 2020-06-01       | 7               | 5         | 10         | 4155143
    4         | 4              | 10                     | 2020-06-01       | 7               | 5         | 10         |
    5         | 5              | 10                     | 2020-06-01       | 1               |           |            |
    """


def test_ratios_to_limits_and_abnormal_results(spec):
    spec.given(measurement=MEASURED)

    def subjects(attribute):
        entry = Criterion(Domain.MEASUREMENT, "ten", where=(attribute,))
        return sorted(spec.cohort(asked(entry, observation=None)))

    three = NumberRange(Op.EQ, 3)
    assert subjects(Numeric("range_high_ratio", three)) == [1]
    assert subjects(Numeric("range_low_ratio", NumberRange(Op.GTE, 1.4))) == [1, 3, 4]
    assert subjects(Abnormal()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("distinct", "number"),
    [(Distinct.EVENT, 4), (Distinct.VALUE, 2), (Distinct.UNIT, 1), (Distinct.LENGTH, 1)],
)
def test_what_is_counted_once(spec, distinct, number):
    values = """
    person_id | measurement_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
    1         | 1              | 20                     | 2020-06-01       | 30              | 5
    1         | 2              | 20                     | 2020-06-01       | 30              | 5
    1         | 3              | 20                     | 2020-06-01       | 31              |
    1         | 4              | 20                     | 2020-06-01       |                 |
    """
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED, measurement=values)
    measured = Criterion(Domain.MEASUREMENT, "twenty")
    near = Near(measured, Window(0, 0), Counting.EXACTLY, number, distinct)
    assert found(spec, near) == FOUND


def test_a_death_without_a_cause_counts_as_one_concept(spec):
    death = "person_id | death_date | cause_concept_id\n 1 | 2020-06-01 |"
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED, death=death)
    near = Near(Criterion(Domain.DEATH), distinct=Distinct.CONCEPT)
    assert found(spec, near) == FOUND


EXPOSURES = """
    person_id | drug_exposure_id | drug_concept_id | drug_source_concept_id | drug_exposure_start_date | drug_exposure_end_date | days_supply
    1         | 1                | 30              |                        | 2020-05-20               | 2020-06-03             |
    1         | 2                |                 | 30                     | 2020-06-06               |                        | 4
    1         | 3                | 30              |                        | 2020-09-01               | 2020-09-10             |
    """


@pytest.mark.parametrize(
    ("options", "end"),
    [
        ({}, "2020-06-03"),
        ({"gap_days": 2}, "2020-06-03"),
        ({"gap_days": 3}, "2020-06-10"),
        ({"days_after": 3}, "2020-06-13"),
        ({"supply_days": 20, "gap_days": 0}, "2020-06-26"),
        ({"supply_days": 5}, "2020-12-31"),
    ],
)
def test_a_stay_lasts_while_the_drug_is_taken(spec, options, end):
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED, drug_exposure=EXPOSURES)
    stay = asked(exit=ContinuousExposure("thirty", **options))
    assert spec.cohort(stay) == {1: [f"2020-06-01 … {end}"]}


def test_first_and_last_go_by_the_id_of_the_event_within_a_day(spec):
    rows = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
    1         | 2                       | 10                   | 2020-06-01           | 2020-06-03
    1         | 1                       | 10                   | 2020-06-01           | 2020-06-09
    """
    spec.given(condition_occurrence=rows, observation_period=OBSERVED)
    for limit in (Limit.FIRST, Limit.LAST):
        for where in ({"limit": limit}, {"qualified_limit": limit}, {"included_limit": limit}):
            stay = asked(exit=FixedOffset(Anchor.END), **where)
            assert spec.cohort(stay) == {1: ["2020-06-01 … 2020-06-09"]}


def test_exposures_that_are_equal_are_one_era_and_reach_no_further(spec):
    equal = """
    person_id | drug_exposure_id | drug_concept_id | drug_source_concept_id | drug_exposure_start_date | drug_exposure_end_date
    1         | 1                | 30              | 30                     | 2020-02-01               | 2020-02-09
    1         | 2                | 30              | 30                     | 2020-06-01               | 2020-06-09
    1         | 3                | 30              | 30                     | 2020-02-01               | 2020-02-09
    1         | 4                | 30              | 30                     | 2020-06-01               | 2020-06-09
    """
    spec.given(condition_occurrence=ONE, observation_period=OBSERVED, drug_exposure=equal)
    first = Criterion(Domain.DRUG, "thirty")
    stays = ["2020-02-01 … 2020-02-09", "2020-06-01 … 2020-06-09"]
    assert spec.cohort(asked(first, exit=ContinuousExposure("thirty"))) == {1: stays}


def test_the_first_payer_plan_period_is_that_of_any_payer(spec):
    """Unlike other concepts, Circe's payers are looked at after "first"."""
    periods = """
    person_id | payer_plan_period_id | payer_concept_id | payer_plan_period_start_date | payer_plan_period_end_date
    1         | 1                    | 20               | 2020-02-01                   | 2020-03-31
    1         | 2                    | 30               | 2020-04-01                   | 2020-12-31
    """
    spec.given(payer_plan_period=periods, observation_period=OBSERVED)
    of_thirty = {"PayerPlanPeriod": {"PayerConcept": 0, "First": True}}
    for first, found in ((True, {}), (False, {1: ["2020-04-01 … 2020-12-31"]})):
        of_thirty["PayerPlanPeriod"]["First"] = first
        definition = {
            "ConceptSets": [THIRTY],
            "PrimaryCriteria": {"CriteriaList": [of_thirty], "ObservationWindow": {}},
        }
        assert spec.cohort(read_circe(json.dumps(definition), "payers")) == found


THIRTY = {"id": 0, "name": "thirty", "expression": {"items": [{"concept": {"CONCEPT_ID": 30}}]}}
