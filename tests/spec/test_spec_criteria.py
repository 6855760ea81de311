"""Criteria: which events of a domain are meant."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

from datetime import date

import pytest

from qundao.query import (
    Aged,
    Anchor,
    Coded,
    Criterion,
    Dated,
    DateRange,
    Domain,
    FixedOffset,
    Gender,
    NumberRange,
    Numeric,
    Op,
    TextOp,
    Textual,
)
from support.populations import TEN, TWENTY, condition, population

TO_THE_END = FixedOffset(Anchor.END, 0)


def test_first_is_decided_before_the_other_attributes_are_looked_at(spec):
    """Person 2's first event is too early: a later one does not step in."""
    spec.given(
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-05-01
            1         | 2                       | 10                   | 2020-03-01
            2         | 3                       | 10                   | 2019-12-31
            2         | 4                       | 10                   | 2020-02-01
            """
    )
    in_2020 = Dated(Anchor.START, DateRange(Op.GTE, date(2020, 1, 1)))
    assert spec.cohort(population(condition(first=True, where=(in_2020,)))) == {1: ["2020-03-01"]}
    assert spec.cohort(population(condition(where=(in_2020,)))) == {
        1: ["2020-03-01", "2020-05-01"],
        2: ["2020-02-01"],
    }


def test_no_concept_set_means_any_concept(spec):
    spec.given(
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-05-01
            2         | 2                       | 0                    | 2020-05-01
            """
    )
    assert sorted(spec.cohort(population(condition(None)))) == [1, 2]


def test_source_concepts_are_looked_up_beside_the_standard_ones(spec):
    spec.given(
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_source_concept_id | condition_start_date
            1         | 1                       | 10                   | 20                          | 2020-05-01
            2         | 2                       | 10                   |                             | 2020-05-01
            """
    )
    assert sorted(spec.cohort(population(condition(source_concepts="twenty")))) == [1]


def test_a_condition_without_end_ends_the_day_after_it_starts(spec):
    spec.given(
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 1                       | 10                   | 2020-02-28           |
            2         | 2                       | 10                   | 2020-02-28           | 2020-03-10
            """
    )
    assert spec.cohort(population(exit=TO_THE_END)) == {
        1: ["2020-02-28 … 2020-02-29"],
        2: ["2020-02-28 … 2020-03-10"],
    }


def test_an_exposure_without_end_lasts_for_its_days_of_supply(spec):
    spec.given(
        drug_exposure="""
            person_id | drug_exposure_id | drug_concept_id | drug_exposure_start_date | drug_exposure_end_date | days_supply
            1         | 1                | 10              | 2020-01-01               |                        | 30
            2         | 2                | 10              | 2020-01-01               | 2020-01-05             | 30
            3         | 3                | 10              | 2020-01-01               |                        |
            """
    )
    assert spec.cohort(population(Criterion(Domain.DRUG, "ten"), exit=TO_THE_END)) == {
        1: ["2020-01-01 … 2020-01-31"],
        2: ["2020-01-01 … 2020-01-05"],
        3: ["2020-01-01 … 2020-01-02"],
    }


@pytest.mark.parametrize(
    ("domain", "table"),
    [
        (Domain.PROCEDURE, "procedure_occurrence"),
        (Domain.MEASUREMENT, "measurement"),
        (Domain.OBSERVATION, "observation"),
    ],
)
def test_events_of_a_day_end_the_day_after(spec, domain, table):
    name = table.removesuffix("_occurrence")
    rows = f"""
        person_id | {table}_id | {name}_concept_id | {name}_date
        1         | 1          | 10                | 2020-12-31
        """
    spec.given(**{table: rows})
    assert spec.cohort(population(Criterion(domain, "ten"), exit=TO_THE_END)) == {
        1: ["2020-12-31 … 2021-01-01"]
    }


@pytest.mark.parametrize(
    ("domain", "prefix"),
    [(Domain.CONDITION_ERA, "condition"), (Domain.DRUG_ERA, "drug")],
)
def test_eras_have_their_own_end_and_a_length(spec, domain, prefix):
    rows = f"""
        person_id | {prefix}_era_id | {prefix}_concept_id | {prefix}_era_start_date | {prefix}_era_end_date
        1         | 1               | 10                  | 2020-01-01              | 2020-01-31
        2         | 2               | 10                  | 2020-01-01              | 2020-01-30
        """
    spec.given(**{f"{prefix}_era": rows})
    month = Numeric("era_length", NumberRange(Op.GTE, 30))
    criterion = Criterion(domain, "ten", where=(month,))
    assert spec.cohort(population(criterion, exit=TO_THE_END)) == {1: ["2020-01-01 … 2020-01-31"]}


def test_visits_and_deaths_are_events_too(spec):
    spec.given(
        visit_occurrence="""
            person_id | visit_occurrence_id | visit_concept_id | visit_start_date | visit_end_date
            1         | 1                   | 10               | 2020-01-01       | 2020-01-04
            """,
        death="""
            person_id | death_date | cause_concept_id
            2         | 2020-06-01 | 10
            3         | 2020-06-01 |
            """,
    )
    visits, deaths = Criterion(Domain.VISIT, "ten"), Criterion(Domain.DEATH)
    assert spec.cohort(population(visits, deaths, exit=TO_THE_END)) == {
        1: ["2020-01-01 … 2020-01-04"],
        2: ["2020-06-01 … 2020-06-02"],
        3: ["2020-06-01 … 2020-06-02"],
    }
    assert sorted(spec.cohort(population(Criterion(Domain.DEATH, "ten")))) == [2]


MEASUREMENTS = """
    person_id | measurement_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
    1         | 1              | 10                     | 2020-01-01       | 4.9             | 8713
    2         | 2              | 10                     | 2020-01-01       | 5.0             | 8713
    3         | 3              | 10                     | 2020-01-01       | 7.5             |
    4         | 4              | 10                     | 2020-01-01       |                 | 8840
    """


@pytest.mark.parametrize(
    ("asked", "subjects"),
    [
        (NumberRange(Op.LT, 5), [1]),
        (NumberRange(Op.LTE, 5), [1, 2]),
        (NumberRange(Op.EQ, 5), [2]),
        (NumberRange(Op.NE, 5), [1, 3]),
        (NumberRange(Op.GT, 5), [3]),
        (NumberRange(Op.GTE, 5), [2, 3]),
        (NumberRange(Op.BT, 4.9, 5), [1, 2]),
        (NumberRange(Op.NOT_BT, 4.9, 5), [3]),
    ],
)
def test_a_missing_value_meets_no_comparison(spec, asked, subjects):
    spec.given(measurement=MEASUREMENTS)
    criterion = Criterion(Domain.MEASUREMENT, "ten", where=(Numeric("value_as_number", asked),))
    assert sorted(spec.cohort(population(criterion))) == subjects


@pytest.mark.parametrize(("negated", "subjects"), [(False, [1, 2]), (True, [4])])
def test_a_missing_code_is_neither_in_nor_out(spec, negated, subjects):
    spec.given(measurement=MEASUREMENTS)
    unit = Coded("unit", (8713,), negated=negated)
    criterion = Criterion(Domain.MEASUREMENT, "ten", where=(unit,))
    assert sorted(spec.cohort(population(criterion))) == subjects


@pytest.mark.parametrize(
    ("op", "text", "negated", "subjects"),
    [
        (TextOp.CONTAINS, "5%", False, [1]),
        (TextOp.STARTS, "a", False, [1, 2]),
        (TextOp.ENDS, "_b", False, [2]),
        (TextOp.CONTAINS, "a", True, [3]),
        (TextOp.STARTS, "A", False, []),
    ],
)
def test_texts_are_compared_literally_and_with_case(spec, op, text, negated, subjects):
    spec.given(
        observation="""
            person_id | observation_id | observation_concept_id | observation_date | value_as_string
            1         | 1              | 10                     | 2020-01-01       | a 5% b
            2         | 2              | 10                     | 2020-01-01       | a_b
            3         | 3              | 10                     | 2020-01-01       | xb
            4         | 4              | 10                     | 2020-01-01       |
            """
    )
    asked = Textual("value_as_string", op, text, negated)
    criterion = Criterion(Domain.OBSERVATION, "ten", where=(asked,))
    assert sorted(spec.cohort(population(criterion))) == subjects


PERSONS = """
    person_id | gender_concept_id | year_of_birth
    1         | 8507              | 1980
    2         | 8532              | 1981
    3         | 8532              | 1950
    """


def test_age_is_the_year_of_the_event_less_the_year_of_birth(spec):
    spec.given(
        person=PERSONS,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 1                       | 10                   | 2020-12-31           | 2021-01-01
            2         | 2                       | 10                   | 2020-01-01           | 2020-01-01
            9         | 3                       | 10                   | 2020-01-01           | 2020-01-01
            """,
    )
    forty = NumberRange(Op.EQ, 40)
    at_start = condition(where=(Aged(Anchor.START, forty),))
    assert sorted(spec.cohort(population(at_start))) == [1]
    at_end = condition(where=(Aged(Anchor.END, NumberRange(Op.BT, 39, 40)),))
    assert sorted(spec.cohort(population(at_end))) == [2]


def test_gender_is_a_concept_of_the_person(spec):
    spec.given(
        person=PERSONS,
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-12-31
            2         | 2                       | 10                   | 2020-01-01
            """,
    )
    assert sorted(spec.cohort(population(condition(where=(Gender((8532,)),))))) == [2]


def test_sets_with_the_same_concepts_are_one_and_others_apart(spec):
    spec.given(
        condition_occurrence="""
            person_id | condition_occurrence_id | condition_concept_id | condition_start_date
            1         | 1                       | 10                   | 2020-12-31
            2         | 2                       | 20                   | 2020-01-01
            """
    )
    both = population(condition("ten"), condition("twenty"), sets=(TEN, TWENTY))
    assert sorted(spec.cohort(both)) == [1, 2]
