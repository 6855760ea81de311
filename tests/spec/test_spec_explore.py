"""The explore lane: counts over banded predicates."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

import pytest

from qundao import models
from qundao.query import (
    AgeBand,
    AgeGroup,
    HasCondition,
    HasDrug,
    InArm,
    ObservedYears,
    PersonSex,
    SeenInYears,
    SexIs,
)

OMOP = {
    "person": """
        person_id | gender_concept_id | year_of_birth
        1         | 8532              | 1980
        2         | 8507              | 1979
        3         | 0                 |
        """,
    "observation_period": """
        person_id | observation_period_id | observation_period_start_date | observation_period_end_date
        1         | 1                     | 2010-01-01                    | 2015-01-01
        2         | 2                     | 2014-12-31                    | 2019-12-31
        2         | 3                     | 2009-01-01                    | 2009-06-30
        """,
    "concept_ancestor": """
        ancestor_concept_id | descendant_concept_id
        10                  | 11
        """,
    "condition_occurrence": """
        person_id | condition_occurrence_id | condition_concept_id | condition_start_date
        1         | 1                       | 11                   | 2012-01-01
        1         | 2                       | 10                   | 2013-01-01
        2         | 3                       | 20                   | 2015-01-01
        """,
    "drug_exposure": """
        person_id | drug_exposure_id | drug_concept_id | drug_exposure_start_date
        2         | 1                | 20              | 2015-01-01
        """,
}


@pytest.fixture
def omop(spec):
    spec.given(**OMOP)
    return spec


def test_no_term_asks_for_everyone(omop):
    assert omop.count() == 3


def test_age_is_that_at_the_end_of_data_or_in_a_year(omop):
    """Data end in 2019: person 2 is 40 then, person 1 is 39."""
    assert omop.count(AgeBand("40-49")) == 1
    assert omop.count(AgeBand("30-39", 2015)) == 2
    assert omop.count(AgeBand("80+")) == 0


def test_sex_is_what_is_recorded(omop):
    assert omop.count(SexIs(PersonSex.FEMALE)) == 1
    assert omop.count(SexIs(PersonSex.MALE)) == 1


def test_a_diagnosis_or_drug_counts_with_its_descendants(omop):
    assert omop.count(HasCondition(10)) == 1
    assert omop.count(HasCondition(20)) == 1
    assert omop.count(HasDrug(20)) == 1
    assert omop.count(HasDrug(10)) == 0


def test_seen_in_years_is_any_day_of_observation_within_the_band(omop):
    assert omop.count(SeenInYears("2010-2014")) == 2
    assert omop.count(SeenInYears("2015-2019")) == 2
    assert omop.count(SeenInYears("2005-2009")) == 1
    assert omop.count(SeenInYears("2020-2024")) == 0


def test_observed_years_are_those_of_one_period(omop):
    """Person 1's period has 1826 days, person 2's longest 1826."""
    assert omop.count(ObservedYears(5)) == 2
    assert omop.count(ObservedYears(10)) == 0


def test_terms_must_all_hold(omop):
    assert omop.count(SexIs(PersonSex.MALE), HasCondition(20), ObservedYears(3)) == 1
    assert omop.count(SexIs(PersonSex.FEMALE), HasCondition(20)) == 0


def test_trials_are_asked_by_age_group_sex_and_arm(spec):
    spec.given(
        models.cdisc("adam"),
        adsl="""
            usubjid | sex | agegr1 | trt01p
            a       | F   | 65-80  | Placebo
            b       | M   | 65-80  | Placebo
            c       | F   | >80    | High
            """,
    )
    assert spec.count(model="cdisc") == 3
    assert spec.count(AgeGroup("65-80"), InArm("Placebo"), model="cdisc") == 2
    assert spec.count(SexIs(PersonSex.FEMALE), AgeGroup("65-80"), model="cdisc") == 1
