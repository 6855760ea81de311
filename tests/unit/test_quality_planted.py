"""Defects planted in OMOP one at a time: each is found by its check, and by no other.

Those of CDISC are in `test_quality_cdisc_rules`.
"""

from __future__ import annotations

import copy
from datetime import date, datetime

import pytest

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import Reason, Status, checks_for, run
from support.model_folder import write_model

TODAY = date(2026, 1, 1)
FIRST, LAST = date(2020, 1, 10), date(2020, 12, 31)


def concept(number, domain, class_="Clinical Finding", standard="S"):
    return {
        "concept_id": number,
        "concept_name": f"synthetic {number}",
        "domain_id": domain,
        "vocabulary_id": "None",
        "concept_class_id": class_,
        "standard_concept": standard,
        "concept_code": str(number),
    }


def person(number):
    return {
        "person_id": number,
        "gender_concept_id": 8507,
        "year_of_birth": 1970,
        "month_of_birth": 2,
        "day_of_birth": 3,
        "birth_datetime": datetime.fromisoformat("1970-02-03"),
        "race_concept_id": 0,
        "ethnicity_concept_id": 0,
    }


def condition(number, who):
    return {
        "condition_occurrence_id": number,
        "person_id": who,
        "condition_concept_id": 192671,
        "condition_start_date": date(2020, 3, 1),
        "condition_end_date": date(2020, 3, 2),
        "condition_type_concept_id": 32817,
        "condition_source_value": "K92",
        "visit_occurrence_id": number,
    }


def visit(number, who):
    return {
        "visit_occurrence_id": number,
        "person_id": who,
        "visit_concept_id": 9201,
        "visit_start_date": date(2020, 3, 1),
        "visit_end_date": date(2020, 3, 2),
        "visit_type_concept_id": 32817,
    }


def clean_omop():
    """A synthetic database of 20 persons in which every check passes or does not apply."""
    everyone = range(1, 21)
    return {
        "person": [person(n) for n in everyone],
        "observation_period": [
            {
                "observation_period_id": n,
                "person_id": n,
                "observation_period_start_date": FIRST,
                "observation_period_end_date": LAST,
                "period_type_concept_id": 32817,
            }
            for n in everyone
        ],
        "visit_occurrence": [visit(n, n) for n in everyone],
        "condition_occurrence": [condition(n, n) for n in everyone],
        "condition_era": [
            {
                "condition_era_id": n,
                "person_id": n,
                "condition_concept_id": 192671,
                "condition_era_start_date": date(2020, 3, 1),
                "condition_era_end_date": date(2020, 3, 2),
                "condition_occurrence_count": 1,
            }
            for n in everyone
        ],
        "drug_era": [
            {
                "drug_era_id": n,
                "person_id": n,
                "drug_concept_id": 1118084,
                "drug_era_start_date": date(2020, 3, 1),
                "drug_era_end_date": date(2020, 3, 9),
                "drug_exposure_count": 1,
                "gap_days": 0,
            }
            for n in everyone
        ],
        "death": [
            {"person_id": 20, "death_date": date(2021, 6, 1), "death_type_concept_id": 32817}
        ],
        "concept": [
            concept(0, "Metadata", "Undefined"),
            concept(8507, "Gender", "Gender"),
            concept(192671, "Condition"),
            concept(32817, "Type Concept", "Type Concept"),
            concept(9201, "Visit", "Visit"),
            concept(1118084, "Drug", "Ingredient"),
            concept(11, "Drug", "Clinical Drug"),
            concept(12, "Condition", standard=None),
            concept(13, "Measurement"),
            concept(14, "Condition"),
            concept(8532, "Gender", "Gender"),
            concept(26662, "Condition"),
            concept(4090861, "Condition"),
            concept(3004410, "Measurement", "Lab Test"),
            concept(8554, "Unit", "Unit"),
            concept(8713, "Unit", "Unit"),
        ],
        "concept_ancestor": [
            {
                "ancestor_concept_id": 4090861,
                "descendant_concept_id": 14,
                "min_levels_of_separation": 1,
                "max_levels_of_separation": 1,
            }
        ],
        "measurement": [
            {
                "measurement_id": n,
                "person_id": n,
                "measurement_concept_id": 3004410,
                "measurement_date": date(2020, 3, 1),
                "measurement_type_concept_id": 32817,
                "value_as_number": 6.1,
                "unit_concept_id": 8554,
                "measurement_source_value": f"HbA1c {n}",
            }
            for n in everyone
        ],
    }


def findings(tmp_path, model, rows, leave_out=()):
    """Run the checks of the tables that `rows` has; the others would only say they are absent."""
    absent = [t for t in model.names if t not in rows or t in leave_out]
    dsn = write_model(tmp_path / "data", model, rows, leave_out=absent)
    checks = [c for c in checks_for(model) if c.table in rows]
    with open_engine(dsn) as engine:
        return run(engine, model, checks=checks, today=TODAY)


def failed(report):
    return {f.check.id: f.violated_rows for f in report.findings if f.status is Status.FAILED}


def test_the_clean_database_is_clean(tmp_path):
    report = findings(tmp_path, omop("5.4"), clean_omop())
    assert failed(report) == {}
    assert report.scorecard.total == 100
    assert not report.scorecard.costs


def plant(rows, table, index, **values):
    rows[table][index].update(values)


def again(rows, table, index, **values):
    rows[table].append(copy.deepcopy(rows[table][index]) | values)


def extra(rows, table, **values):
    rows[table].append(values)


CASES_OMOP = {
    "isRequired:person.year_of_birth": lambda r: plant(
        r, "person", 0, year_of_birth=None, month_of_birth=None, day_of_birth=None
    ),
    "cdmDatatype:drug_era.gap_days": lambda r: plant(r, "drug_era", 0, gap_days=-1),
    "isPrimaryKey:condition_occurrence.condition_occurrence_id": lambda r: again(
        r, "condition_occurrence", 0
    ),
    "isForeignKey:condition_occurrence.visit_occurrence_id": lambda r: plant(
        r, "condition_occurrence", 0, visit_occurrence_id=999
    ),
    "fkDomain:condition_occurrence.condition_concept_id": lambda r: plant(
        r, "condition_occurrence", 0, condition_concept_id=13
    ),
    "fkClass:drug_era.drug_concept_id": lambda r: plant(r, "drug_era", 0, drug_concept_id=11),
    "isStandardValidConcept:condition_occurrence.condition_concept_id": lambda r: plant(
        r, "condition_occurrence", 0, condition_concept_id=12
    ),
    "standardConceptRecordCompleteness:drug_era.drug_concept_id": lambda r: plant(
        r, "drug_era", 0, drug_concept_id=0
    ),
    "plausibleValueLow:condition_era.condition_occurrence_count": lambda r: plant(
        r, "condition_era", 0, condition_occurrence_count=0
    ),
    "plausibleValueHigh:person.month_of_birth": lambda r: plant(r, "person", 0, month_of_birth=13),
    "measureConditionEraCompleteness:condition_era": lambda r: r["condition_era"].pop(),
    "measurePersonCompleteness:observation_period": lambda r: extra(r, "person", **person(21)),
    "measureObservationPeriodOverlap:observation_period": lambda r: (
        plant(r, "observation_period", 0, observation_period_end_date=date(2020, 6, 30)),
        again(
            r,
            "observation_period",
            0,
            observation_period_id=21,
            observation_period_start_date=date(2020, 7, 1),
            observation_period_end_date=LAST,
        ),
    ),
    "plausibleStartBeforeEnd:condition_era.condition_era_start_date": lambda r: plant(
        r, "condition_era", 0, condition_era_start_date=date(2020, 3, 5)
    ),
    "withinVisitDates:condition_occurrence.condition_start_date": lambda r: (
        plant(r, "condition_occurrence", 0, condition_start_date=date(2020, 2, 1)),
        plant(r, "condition_occurrence", 1, condition_start_date=date(2020, 2, 1)),
    ),
    "withinObservationPeriod:condition_occurrence.condition_start_date": lambda r: [
        plant(
            r,
            "condition_occurrence",
            n,
            condition_start_date=date(2019, 5, 1),
            condition_end_date=date(2019, 5, 2),
            visit_occurrence_id=None,
        )
        for n in (0, 1)
    ],
    "measureValueCompleteness:observation_period.period_type_concept_id": lambda r: plant(
        r, "observation_period", 0, period_type_concept_id=None
    ),
    "sourceConceptRecordCompleteness:condition_occurrence.condition_source_concept_id": lambda r: [
        plant(r, "condition_occurrence", n, condition_source_concept_id=0) for n in range(3)
    ],
    "sourceValueCompleteness:measurement.measurement_source_value": lambda r: [
        plant(r, "measurement", n, measurement_concept_id=0) for n in range(3)
    ],
    "plausibleTemporalAfter:visit_occurrence.visit_end_date": lambda r: plant(
        r, "visit_occurrence", 0, visit_start_date=date(2020, 3, 3)
    ),
    "plausibleAfterBirth:measurement.measurement_date": lambda r: plant(
        r, "measurement", 0, measurement_date=date(1969, 12, 1)
    ),
    "plausibleDuringLife:observation_period.observation_period_end_date": lambda r: plant(
        r, "observation_period", 19, observation_period_end_date=date(2021, 9, 1)
    ),
    "plausibleBeforeDeath:drug_era.drug_era_end_date": lambda r: plant(
        r, "drug_era", 19, drug_era_end_date=date(2021, 9, 1)
    ),
    "plausibleGender:condition_occurrence.condition_concept_id:26662": lambda r: (
        plant(r, "person", 0, gender_concept_id=8532),
        plant(r, "condition_occurrence", 0, condition_concept_id=26662),
    ),
    "plausibleGenderUseDescendants:condition_occurrence.condition_concept_id:4090861, 4025213": (
        lambda r: (
            plant(r, "person", 0, gender_concept_id=8532),
            plant(r, "condition_occurrence", 0, condition_concept_id=14),
        )
    ),
    "plausibleUnitConceptIds:measurement.measurement_concept_id:3004410": lambda r: [
        plant(r, "measurement", n, unit_concept_id=8713) for n in (0, 1)
    ],
}
SEEN_OTHERWISE = {"cdmTable", "cdmField"}
"""A table or field that is not there cannot be planted in one; tests of their own drop them."""


def test_every_kind_of_the_reference_has_its_planted_defect():
    planted = {check_id.partition(":")[0] for check_id in CASES_OMOP}
    used = {c.check for c in checks_for(omop("5.4"))}
    assert used - planted == SEEN_OTHERWISE


ALSO = {
    "isRequired:person.year_of_birth": {"measureValueCompleteness:person.year_of_birth"},
    "cdmDatatype:drug_era.gap_days": {"plausibleValueLow:drug_era.gap_days"},
    "plausibleStartBeforeEnd:condition_era.condition_era_start_date": {
        "plausibleTemporalAfter:condition_era.condition_era_end_date"
    },
    "measureValueCompleteness:observation_period.period_type_concept_id": {
        "isRequired:observation_period.period_type_concept_id"
    },
    "sourceValueCompleteness:measurement.measurement_source_value": {
        "standardConceptRecordCompleteness:measurement.measurement_concept_id"
    },
    "plausibleTemporalAfter:visit_occurrence.visit_end_date": {
        "plausibleStartBeforeEnd:visit_occurrence.visit_start_date"
    },
    "plausibleAfterBirth:measurement.measurement_date": {
        "plausibleTemporalAfter:measurement.measurement_date"
    },
    "plausibleDuringLife:observation_period.observation_period_end_date": {
        "plausibleBeforeDeath:observation_period.observation_period_end_date"
    },
}
"""The reference says the same thing twice, so that one defect is two findings."""


@pytest.mark.parametrize("check_id", CASES_OMOP)
def test_a_planted_omop_defect_is_found_and_only_it(check_id, tmp_path):
    rows = clean_omop()
    CASES_OMOP[check_id](rows)
    report = findings(tmp_path, omop("5.4"), rows)
    found = failed(report)
    assert check_id in found
    assert set(found) - ALSO.get(check_id, set()) == {check_id}
    assert report.scorecard.total == 100 - sum(c.points for c in report.scorecard.costs) < 100


def test_dates_before_birth_and_after_death(tmp_path):
    rows = clean_omop()
    early = {"drug_era_start_date": date(1969, 1, 1), "drug_era_end_date": date(1969, 1, 2)}
    plant(rows, "drug_era", 0, **early)
    plant(rows, "drug_era", 19, drug_era_end_date=date(2021, 9, 1))
    plant(rows, "person", 3, birth_datetime=None, month_of_birth=None, day_of_birth=None)
    plant(rows, "drug_era", 3, drug_era_start_date=date(1970, 3, 1))
    found = failed(findings(tmp_path, omop("5.4"), rows))
    place = "drug_era.drug_era_start_date"
    assert found[f"plausibleAfterBirth:{place}"] == 1
    assert found[f"plausibleTemporalAfter:{place}"] == 2, "an unknown birthday is 1 June there"
    assert found["plausibleBeforeDeath:drug_era.drug_era_end_date"] == 1


def test_a_date_between_two_observation_periods_is_outside_both(tmp_path):
    rows = clean_omop()
    for n in range(20):
        plant(rows, "observation_period", n, observation_period_end_date=date(2020, 3, 15))
        again(
            rows,
            "observation_period",
            n,
            observation_period_id=n + 21,
            observation_period_start_date=date(2020, 4, 15),
            observation_period_end_date=LAST,
        )
    for n in range(3):
        plant(rows, "condition_occurrence", n, condition_start_date=date(2020, 4, 1))
        plant(rows, "condition_occurrence", n, condition_end_date=date(2020, 4, 1))
        plant(rows, "condition_occurrence", n, visit_occurrence_id=None)
    plant(rows, "condition_occurrence", 3, condition_start_date=date(2020, 5, 1))
    plant(rows, "condition_occurrence", 3, condition_end_date=date(2020, 5, 1))
    plant(rows, "condition_occurrence", 3, visit_occurrence_id=None)
    rows["observation_period"] = [
        p for p in rows["observation_period"] if p["observation_period_id"] not in (5, 25)
    ]
    report = findings(tmp_path, omop("5.4"), rows)
    outside = failed(report)["withinObservationPeriod:condition_occurrence.condition_start_date"]
    assert outside == 4, "three in the gap, and one of a person who was never observed"


def test_a_missing_table_fails_once_and_its_other_checks_do_not_apply(tmp_path):
    report = findings(tmp_path, omop("5.4"), clean_omop(), leave_out=["drug_era"])
    own = [f for f in report.findings if f.check.table == "drug_era"]
    assert [f.check.check for f in own if f.status is Status.FAILED] == ["cdmTable"]
    assert all(f.reason is Reason.NO_TABLE for f in own)


def test_without_a_vocabulary_what_needs_it_does_not_apply(tmp_path):
    report = findings(tmp_path, omop("5.4"), clean_omop(), leave_out=["concept"])
    needing = [
        f for f in report.findings if f.check.check in ("fkDomain", "isStandardValidConcept")
    ]
    assert {f.status for f in needing} == {Status.NOT_APPLICABLE}
    assert Reason.NO_REFERENCE in {f.reason for f in needing}


def test_examples_name_the_rows_and_stay_out_of_the_report(tmp_path):
    rows = clean_omop()
    for n in range(20):
        again(rows, "condition_occurrence", n, condition_source_value="copy")
    report = findings(tmp_path, omop("5.4"), rows)
    keys = report.examples()["isPrimaryKey:condition_occurrence.condition_occurrence_id"]
    assert len(keys) == 20
    assert set(keys) <= {str(n) for n in range(1, 21)}
    assert "examples" not in str(report.to_json())
