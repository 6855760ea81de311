"""Quality over the demonstration's data: a synthetic hospital database and a real trial."""

from __future__ import annotations

from datetime import date

import pytest

from qundao.engines import open_engine
from qundao.intake import write_pilot
from qundao.kernel.errors import QundaoError, fail
from qundao.models import cdisc, omop
from qundao.quality import Reason, Status, checks_for, run
from support.gibleed import gibleed_file
from support.model_folder import write_model

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def gibleed():
    with open_engine(f"duckdb:{gibleed_file()}") as engine:
        yield engine


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    write_pilot(folder)
    with open_engine(f"parquet:{folder}") as engine:
        yield engine


def found(report):
    return {f.check.id: (f.violated_rows, f.denominator_rows) for f in report.findings}


def failed(report):
    return {f.check.id for f in report.findings if f.status is Status.FAILED}


def test_gibleed_has_the_defects_it_is_known_for(gibleed):
    report = run(gibleed, omop("5.3"), today=TODAY)
    counts = found(report)
    assert counts["isPrimaryKey:drug_exposure.drug_exposure_id"] == (8_768, 67_707)
    assert counts["cdmDatatype:drug_era.gap_days"] == (12_637, 52_508)
    assert counts["isForeignKey:observation_period.person_id"] == (2_649, 5_343)
    assert counts["measurePersonCompleteness:visit_occurrence"] == (1_804, 2_694)
    assert counts["standardConceptRecordCompleteness:condition_era.condition_concept_id"][0] == 443
    assert not [f for f in report.findings if f.status is Status.ERROR]
    assert 0 < report.scorecard.total < 100


def test_one_scan_per_table_says_what_one_query_per_check_says(gibleed):
    fused = run(gibleed, omop("5.3"), today=TODAY)
    alone = run(gibleed, omop("5.3"), today=TODAY, fused=False)
    assert [f.to_json() for f in fused.findings] == [f.to_json() for f in alone.findings]


def test_the_part_of_the_pilot_study_that_sponsors_offer_has_six_peculiarities(pilot):
    report = run(pilot, cdisc(), today=TODAY)
    assert failed(report) == {
        "QD-SDTM-0086:ae.aeser",
        "QD-SDTM-0090:ae.aeendtc",
        "QD-ADAM-0013:adsl.trt01a",
        "QD-ADAM-0015:adsl.trtedt",
        "QD-ADAM-0029:adsl.dcdecod",
        "QD-ADAM-0040:adae.aeseq",
    }
    assert found(report)["QD-ADAM-0015:adsl.trtedt"] == (4, 252)
    assert {k.split()[-1] for k in report.examples()["QD-ADAM-0015:adsl.trtedt"]} == {
        "01-704-1233",
        "01-705-1031",
        "01-705-1303",
        "01-705-1377",
    }


def thirty_persons(copies):
    """Thirty synthetic persons, some without a year of birth and some dead, `copies` times."""
    numbered = [(n, n % 30) for n in range(30 * copies)]
    persons = [
        {
            "person_id": n,
            "gender_concept_id": 8507,
            "year_of_birth": 1970 if who % 7 else None,
            "race_concept_id": 0,
            "ethnicity_concept_id": 0,
        }
        for n, who in numbered
    ]
    deaths = [
        {"person_id": n, "death_date": date(2020, 1, 1)} for n, who in numbered if who % 5 == 0
    ]
    return {"person": persons, "death": deaths}


def test_every_person_twice_scores_the_same(tmp_path):
    totals = set()
    checks = [c for c in checks_for(omop("5.4")) if c.table in ("person", "death")]
    for copies in (1, 2, 3):
        dsn = write_model(tmp_path / str(copies), omop("5.4"), thirty_persons(copies))
        with open_engine(dsn) as engine:
            report = run(engine, omop("5.4"), checks=checks, today=TODAY)
            totals.add(report.scorecard.total)
    assert len(totals) == 1
    assert 0 < totals.pop() < 100


class Failing:
    """An engine whose queries over one table fail; everything else is the real engine."""

    def __init__(self, engine, table, code):
        self.engine, self.table, self.code = engine, table, code

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def records(self, query):
        if f"FROM {self.table} AS t" in query.sql():
            raise fail(self.code, self.table)
        return self.engine.records(query)


def test_a_query_the_data_break_becomes_an_error_of_its_checks_alone(pilot):
    report = run(Failing(pilot, "ae", "engines.query_failed"), cdisc(), today=TODAY)
    errors = [f for f in report.findings if f.status is Status.ERROR]
    assert {f.check.table for f in errors} == {"ae"}
    assert {(f.reason, f.detail) for f in errors} == {
        (Reason.COULD_NOT_RUN, "engines.query_failed")
    }
    assert report.scorecard.total < 100


def test_a_source_that_vanishes_is_an_error_and_not_a_finding(pilot):
    with pytest.raises(QundaoError) as raised:
        run(Failing(pilot, "ae", "engines.source_vanished"), cdisc(), today=TODAY)
    assert raised.value.code == "engines.source_vanished"


def test_text_where_numbers_and_dates_belong_is_named_not_fatal(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "person_id": ["1", "two", "3"],
            "year_of_birth": ["1970", "unknown", "0001"],
            "birth_datetime": ["1970-02-30", "9999-12-31", None],
        }
    )
    pq.write_table(table, tmp_path / "person.parquet")
    with open_engine(f"parquet:{tmp_path}") as engine:
        report = run(engine, omop("5.4"), today=TODAY)
    assert not [f for f in report.findings if f.status is Status.ERROR]
    counts = found(report)
    assert counts["cdmDatatype:person.person_id"] == (1, 3)
    assert counts["plausibleValueLow:person.year_of_birth"] == (1, 3)
    assert counts["plausibleValueHigh:person.birth_datetime"] == (1, 2)
    assert "cdmField:person.gender_concept_id" in failed(report)


def test_progress_is_told_and_ends_at_the_whole(pilot):
    told = []
    run(pilot, cdisc(), today=TODAY, progress=lambda *a: told.append(a))
    assert told[-1][0] == told[-1][1] == len(told) - 1
    assert "ae" in {what for _, _, what in told}


def test_report_json_names_what_the_contract_names(pilot):
    report = run(pilot, cdisc(), today=TODAY).to_json()
    assert report["schema"] == "qundao.quality/1"
    assert len(report["checks"]) == len(checks_for(cdisc()))
    first = report["checks"][0]
    assert list(first)[:10] == [
        "check", "level", "table", "field", "concept_id", "unit_concept_id",
        "violated_rows", "denominator_rows", "threshold_pct", "status",
    ]  # fmt: skip
    assert first["table"] == "DM"
