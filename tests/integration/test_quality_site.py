"""A site's thresholds, checks and waivers in a run over the demonstration's synthetic data."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest

from qundao.cli.main import main
from qundao.engines import open_engine
from qundao.intake import write_pilot
from qundao.models import cdisc, omop
from qundao.quality import Status, checks_for, read_site, run
from qundao.quality.described import widened
from qundao.quality.execute import prepare
from qundao.quality.source import Source
from support.gibleed import gibleed_file

TODAY = date(2026, 1, 1)
CHECKS = """
checks:
  - id: XH-SYN-0001
    table: condition_era
    field: condition_occurrence_count
    violated: condition_era_end_date > condition_era_start_date
    counted: condition_concept_id in (40481087, 4112343)
    threshold_pct: 10
    words: {zh: 合并的时段, en: an era of several conditions}
  - id: XH-SYN-0002
    table: drug_exposure
    field: days_supply
    violated: drug_exposure_start_date < '1950-01-01' or person.year_of_birth > 1980
    words: {zh: 早年或年轻, en: early or young}
  - id: XH-SYN-0003
    kind: plausibleValueHigh
    table: person
    field: year_of_birth
    argument: "1980"
    words: {zh: 年轻, en: young}
"""
WAIVERS = """
thresholds:
  - check: isPrimaryKey:drug_exposure.*
    threshold_pct: 20
    reason: 旧库迁移
waivers:
  - check: isForeignKey:observation_period.person*
    reason: 迁移中
    by: 王数据
    until: 2026-06-30
  - check: isPrimaryKey:measurement.*
    reason: 去年的理由
    by: 王数据
    until: 2025-12-31
"""


@pytest.fixture(scope="module")
def gibleed():
    with open_engine(f"duckdb:{gibleed_file()}") as engine:
        yield engine


@pytest.fixture(scope="module")
def plain(gibleed):
    return run(gibleed, omop("5.3"), today=TODAY)


def site_of(engine, text, model=None):
    return read_site(text, "site.yaml", engine, model or omop("5.3"), TODAY)


def by_id(report):
    return {f.check.id: f for f in report.findings}


def test_a_sites_checks_count_what_plain_sql_counts(gibleed):
    report = run(gibleed, omop("5.3"), today=TODAY, checks=(), site=site_of(gibleed, CHECKS))
    counts = {f.check.question: (f.violated_rows, f.denominator_rows) for f in report.findings}
    with duckdb.connect(str(gibleed_file()), read_only=True) as database:

        def count(sql):
            return database.execute(sql).fetchone()

        assert counts["XH-SYN-0001"] == count(
            "select count(*) filter (condition_era_end_date > condition_era_start_date), count(*)"
            " from condition_era"
            " where condition_concept_id in (40481087, 4112343)"
        )
        assert counts["XH-SYN-0002"] == count(
            "select count(*) filter (drug_exposure_start_date < '1950-01-01'"
            " or year_of_birth > 1980), count(*) from drug_exposure"
            " left join person using (person_id)"
        )
        assert counts["XH-SYN-0003"] == count(
            "select count(*) filter (year_of_birth > 1980), count(*) from person"
        )
    assert all(violated for violated, _ in counts.values())


def test_a_sites_checks_add_no_scan(gibleed):
    model = omop("5.3")
    site = site_of(gibleed, CHECKS)
    source = Source(gibleed, widened(model, gibleed.schema), TODAY)
    usual = prepare(checks_for(model), source)
    more = prepare(site.applied(checks_for(model)), source)
    assert len(more.scans) == len(usual.scans)
    assert sum(len(s.measures) for s in more.scans) == sum(len(s.measures) for s in usual.scans) + 3


def test_one_scan_says_of_a_sites_checks_what_single_queries_say(gibleed):
    site = site_of(gibleed, CHECKS)
    fused, alone = (
        run(gibleed, omop("5.3"), today=TODAY, checks=(), site=site, fused=f) for f in (True, False)
    )
    assert fused.findings == alone.findings


def test_a_sites_own_table_and_column_can_be_checked(tmp_path):
    file = tmp_path / "x.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute("create table Bed (Ward varchar, beds integer)")
        database.execute("insert into Bed values ('a', 3), ('b', -1), (null, 2)")
        database.execute("create table person (person_id bigint, own_score double)")
        database.execute("insert into person values (1, 2.5), (2, 7.5)")
    text = """
checks:
  - {id: XH-SYN-0001, table: bed, field: beds, violated: beds < 0, words: {zh: 负, en: negative}}
  - {id: XH-SYN-0002, kind: isRequired, table: Bed, field: WARD, words: {zh: 空, en: empty}}
  - {id: XH-SYN-0003, table: person, field: own_score, violated: own_score > 5,
     words: {zh: 高, en: high}}
"""
    with open_engine(f"duckdb:{file}") as engine:
        report = run(engine, omop("5.4"), today=TODAY, checks=(), site=site_of(engine, text))
    assert [(f.violated_rows, f.denominator_rows) for f in report.findings] == [
        (1, 3), (1, 3), (1, 2),
    ]  # fmt: skip


def test_a_threshold_of_the_site_is_in_force_and_told(gibleed, plain):
    report = run(gibleed, omop("5.3"), today=TODAY, site=site_of(gibleed, WAIVERS))
    usual, found = (
        by_id(r)["isPrimaryKey:drug_exposure.drug_exposure_id"] for r in (plain, report)
    )
    assert (usual.status, found.status) == (Status.FAILED, Status.PASSED)
    assert (usual.violated_rows, found.check.threshold_pct) == (found.violated_rows, 20)
    assert report.to_json()["site"]["thresholds"][0]["reason"] == "旧库迁移"
    assert report.yardstick.digest != plain.yardstick.digest


def test_a_waived_finding_stays_failed_and_its_points_are_shown(gibleed, plain):
    waivers = WAIVERS[WAIVERS.index("waivers:") :]
    report = run(gibleed, omop("5.3"), today=TODAY, site=site_of(gibleed, waivers))
    id_ = "isForeignKey:observation_period.person_id"
    before, after = by_id(plain)[id_], by_id(report)[id_]
    assert (after.status, after.violated_rows) == (Status.FAILED, before.violated_rows)
    assert after.to_json()["waived"] == {"reason": "迁移中", "until": "2026-06-30"}
    card = report.scorecard
    (waived,) = card.waived
    (cost,) = [c for c in plain.scorecard.costs if c.finding.check.id == id_]
    assert waived.points == cost.points > 0
    assert card.total == plain.scorecard.total + cost.points
    assert card.total_without_waivers == plain.scorecard.total
    assert card.total == 100 - sum(c.points for c in card.costs)
    told = card.to_json()
    assert [(w["check"], w["table"], w["field"], w["until"]) for w in told["waived"]] == [
        ("isForeignKey", "OBSERVATION_PERIOD", "PERSON_ID", "2026-06-30")
    ]
    assert "王数据" not in json.dumps(told, ensure_ascii=False)
    assert report.yardstick == plain.yardstick  # the questions are the same


def test_a_waiver_that_is_over_counts_no_more_and_is_told(gibleed, plain):
    report = run(gibleed, omop("5.3"), today=TODAY, site=site_of(gibleed, WAIVERS))
    found = by_id(report)["isPrimaryKey:measurement.measurement_id"]
    assert found.status is Status.FAILED
    assert found.waiver is None
    told = {w["check"]: (w["expired"], w["findings"]) for w in report.site["waivers"]}
    assert told == {
        "isForeignKey:observation_period.person*": (False, 1),
        "isPrimaryKey:measurement.*": (True, 1),
    }


def test_without_waivers_both_numbers_are_one(plain):
    told = plain.scorecard.to_json()
    assert told["total"] == told["total_without_waivers"]
    assert told["waived"] == []


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    write_pilot(folder)
    return folder


class TestCommand:
    def run(self, pilot, text, tmp_path):
        file = tmp_path / "site.yaml"
        file.write_text(text, "utf-8")
        out = tmp_path / "report.json"
        code = main(
            [
                "quality",
                "run",
                "--data",
                f"parquet:{pilot}",
                "--checks",
                str(file),
                "--out",
                str(out),
            ]
        )
        return code, json.loads(out.read_text("utf-8")) if out.exists() else None

    def test_it_reports_the_sites_checks_and_waivers(self, pilot, tmp_path, capsys):
        text = """
checks:
  - id: XH-SYN-0001
    table: ae
    field: aeterm
    violated: dm.sex = 'F' and aesev = 'SEVERE'
    counted: aesev is not null
    words: {zh: 女性重度事件, en: a severe event of a woman}
"""
        code, report = self.run(pilot, text, tmp_path)
        assert code == 0
        (found,) = [c for c in report["checks"] if c["rule"] == "XH-SYN-0001"]
        assert 0 < found["violated_rows"] < found["denominator_rows"]
        assert "XH-SYN-0001" in capsys.readouterr().out

    def test_a_malformed_file_stops_it_before_the_run(self, pilot, tmp_path, capsys):
        code, report = self.run(pilot, "waivers: [{check: x}]\nchecks: 3", tmp_path)
        told = capsys.readouterr().err
        assert (code, report) == (2, None)
        assert "site.yaml:1" in told
        assert "site.yaml:2" in told

    def test_a_file_that_is_not_there(self, pilot, tmp_path, capsys):
        arguments = [
            "quality",
            "run",
            "--data",
            f"parquet:{pilot}",
            "--checks",
            str(tmp_path / "no"),
        ]
        assert main(arguments) == 2
        assert "cli.cannot_read" in capsys.readouterr().err


def test_a_cdisc_check_may_look_at_the_rows_that_the_standard_names(pilot):
    text = """
checks:
  - {id: XH-SYN-0001, table: adtte, field: aval, violated: adsl.sex = 'M', words: {zh: 男, en: men}}
"""
    with open_engine(f"parquet:{pilot}") as engine:
        report = run(engine, cdisc(), today=TODAY, checks=(), site=site_of(engine, text, cdisc()))
    (found,) = report.findings
    assert 0 < found.violated_rows < found.denominator_rows
