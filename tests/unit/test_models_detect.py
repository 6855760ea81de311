"""Which model a source holds: told, else stated, else seen."""

from __future__ import annotations

import pytest

from qundao import models
from qundao.models import ModelVersion


def columns_of(model, *tables):
    return {t.name.upper(): [n.upper() for n in t.names] for t in model.tables if t.name in tables}


TABLES = ("person", "observation_period", "visit_occurrence", "procedure_occurrence")


@pytest.mark.parametrize("version", models.OMOP_VERSIONS)
def test_the_columns_tell_the_version(version):
    found = models.detect(columns_of(models.omop(version), *TABLES))
    assert found == ModelVersion("omop", version, "seen")


def test_the_older_version_is_taken_when_nothing_distinguishes():
    found = models.detect(columns_of(models.omop("5.4"), "person", "observation_period"))
    assert found == ModelVersion("omop", "5.3", "seen")


def test_cdm_source_goes_before_the_columns():
    columns = columns_of(models.omop("5.4"), *TABLES)
    assert models.detect(columns, stated="v5.3.1") == ModelVersion("omop", "5.3", "stated")


def test_what_the_user_says_goes_before_cdm_source():
    columns = columns_of(models.omop("5.4"), *TABLES)
    assert models.detect(columns, told="5.4", stated="5.3") == ModelVersion("omop", "5.4", "told")


def test_a_version_told_that_the_tables_contradict_is_refused_table_by_table():
    columns = columns_of(models.omop("5.3"), *TABLES)
    problems = models.detect(columns, told="5.4")
    assert [(p.code, p.where) for p in problems] == [("models.wrong_version", "visit_occurrence")]
    assert "admitting_source_concept_id" in problems[0].received
    assert "admitted_from_concept_id" in problems[0].line("en")


def test_a_version_nobody_knows_is_a_problem_not_a_guess():
    columns = columns_of(models.omop("5.3"), *TABLES)
    (problem,) = models.detect(columns, stated="v6.0")
    assert (problem.code, problem.where, problem.received) == (
        "models.unknown_model",
        "stated",
        "v6.0",
    )


def test_cdisc_is_recognised_by_its_subject_tables():
    found = models.detect({"ADSL": ["USUBJID"], "ADTTE": ["USUBJID"]})
    assert found == ModelVersion("cdisc", "sdtm-3.2+adam-1.1", "seen")
    assert "adtte" in models.model_of(found)


def test_tables_of_no_standard_are_refused():
    (problem,) = models.detect({"patients": ["id"]})
    assert problem.code == "models.not_recognised"
    assert problem.received == "patients"
