"""The files of `qundao quality run`: the page, report.json and the reference's form agree."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import sqlglot

from qundao.cli.main import main
from qundao.engines import open_engine
from qundao.kernel.clock import utc_now
from qundao.models import omop
from support.model_folder import write_model

ALWAYS = {
    "numViolatedRows": int,
    "pctViolatedRows": float,
    "numDenominatorRows": int,
    "executionTime": str,
    "queryText": str,
    "checkName": str,
    "checkLevel": str,
    "checkDescription": str,
    "cdmTableName": str,
    "sqlFile": str,
    "category": str,
    "context": str,
    "checkId": str,
    "failed": int,
    "passed": int,
    "isError": int,
    "notApplicable": int,
}
AT_TIMES = {
    "cdmFieldName": str,
    "conceptId": str,
    "unitConceptId": str,
    "subcategory": str,
    "error": str,
    "notApplicableReason": str,
    "thresholdValue": float,
    "notesValue": str,
}
KEY = 424242
CHECK = "isRequired:person.gender_concept_id"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Ten persons (synthetic); one, with a key that stands nowhere else, has no sex."""
    persons = [
        {"person_id": KEY if i == 9 else i, "gender_concept_id": None if i == 9 else 8507,
         "year_of_birth": 1950 + i, "race_concept_id": 0, "ethnicity_concept_id": 0}
        for i in range(10)
    ]  # fmt: skip
    named = [{"cdm_source_name": "Ten <b>synthetic</b> persons", "cdm_holder": "Nobody",
              "cdm_version": "5.4", "cdm_source_abbreviation": "TEN"}]  # fmt: skip
    folder = tmp_path_factory.mktemp("ten")
    return write_model(folder, omop("5.4"), {"person": persons, "cdm_source": named})


@pytest.fixture(scope="module")
def files(source, tmp_path_factory):
    """All three files of one run."""
    folder = tmp_path_factory.mktemp("files")
    named = {n: folder / n for n in ("report.json", "report.html", "dqd.json")}
    assert (
        run(source, "--out", named["report.json"], "--html", named["report.html"],
            "--dqd", named["dqd.json"]) == 0
    )  # fmt: skip
    return {n: p.read_text("utf-8") for n, p in named.items()}


def run(source, *arguments):
    return main(["quality", "run", "--data", source, *map(str, arguments)])


# --- DataQualityDashboard's form -----------------------------------------------------------


def test_each_check_has_the_fields_that_the_reference_writes(files):
    for row in json.loads(files["dqd.json"])["CheckResults"]:
        assert ALWAYS.keys() <= row.keys() <= ALWAYS.keys() | AT_TIMES.keys()
        for name, value in row.items():
            kind = {**ALWAYS, **AT_TIMES}[name]
            assert isinstance(value, (int, float) if kind is float else kind), (name, value)
        assert row["failed"] + row["passed"] + row["isError"] + row["notApplicable"] == 1


def test_its_figures_are_those_of_the_report(files):
    told, report = json.loads(files["dqd.json"]), json.loads(files["report.json"])
    for row, check in zip(told["CheckResults"], report["checks"], strict=True):
        assert row["numViolatedRows"] == check["violated_rows"]
        assert row["numDenominatorRows"] == check["denominator_rows"]
        assert row.get("thresholdValue") == check["threshold_pct"]
        assert row["cdmTableName"] == check["table"]
        assert row.get("cdmFieldName") == check["field"]
        assert row.get("conceptId") == check["concept_id"]
        flags = {"failed": "failed", "passed": "passed", "isError": "error",
                 "notApplicable": "not_applicable"}  # fmt: skip
        assert [s for f, s in flags.items() if row[f]] == [check["status"]]
        assert ("notApplicableReason" in row) == (check["status"] == "not_applicable")


def test_ids_are_those_of_the_reference_and_told_apart(files):
    ids = [r["checkId"] for r in json.loads(files["dqd.json"])["CheckResults"]]
    assert len(set(ids)) == len(ids)
    assert "field_isrequired_person_gender_concept_id" in ids
    assert "table_cdmtable_person" in ids
    assert "concept_plausiblegenderusedescendants_condition_occurrence_" in "".join(ids)
    assert not any(" " in i or i != i.lower() for i in ids)


def test_the_overview_counts_as_the_reference_does(files):
    told, report = json.loads(files["dqd.json"]), json.loads(files["report.json"])
    statuses = Counter(c["status"] for c in report["checks"])
    overview = {name: value for name, (value,) in told["Overview"].items()}
    assert overview["countTotal"] == len(report["checks"])
    assert overview["countOverallFailed"] == statuses["failed"]
    assert overview["countPassed"] == len(report["checks"]) - statuses["failed"]
    assert overview["percentPassed"] + overview["percentFailed"] == pytest.approx(100)
    for category in ("Conformance", "Completeness", "Plausibility"):
        own = [c for c in report["checks"] if c["category"] == category.lower()]
        assert overview[f"countTotal{category}"] == len(own)
        assert overview[f"countFailed{category}"] == sum(c["status"] == "failed" for c in own)
        assert overview[f"countPassed{category}"] == sum(c["status"] == "passed" for c in own)


def test_the_source_is_described_by_its_own_table(files):
    told = json.loads(files["dqd.json"])
    (metadata,) = told["Metadata"]
    assert metadata["cdmSourceName"] == "Ten <b>synthetic</b> persons"
    assert metadata["cdmHolder"] == "Nobody"
    assert metadata["dqdVersion"].startswith("2.8.4")
    assert {
        "startTimestamp",
        "endTimestamp",
        "executionTime",
        "executionTimeSeconds",
    } <= told.keys()


def test_each_check_that_asks_the_source_shows_its_own_statement(files):
    rows = {r["checkId"]: r for r in json.loads(files["dqd.json"])["CheckResults"]}
    statement = rows["field_isrequired_person_gender_concept_id"]["queryText"]
    assert "gender_concept_id" in statement
    assert statement.upper().startswith(("SELECT", "WITH"))
    assert rows["table_cdmtable_person"]["queryText"] == ""


def test_a_statement_counts_what_the_report_counts(source, files):
    rows = [r for r in json.loads(files["dqd.json"])["CheckResults"] if r["queryText"]][::9]
    assert len(rows) > 100
    assert any(r["failed"] for r in rows)
    with open_engine(source) as engine:
        for row in rows:
            query = sqlglot.parse_one(row["queryText"], read=engine.dialect)
            (answer,) = engine.query(query).to_pylist()
            assert (answer["v0"] or 0) == row["numViolatedRows"], row["checkId"]


# --- the page ------------------------------------------------------------------------------


class Outside(HTMLParser):
    """Collects every address that a page would load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("src", "href", "srcset", "action", "data")
        self.found += [v or "" for n, v in attrs if n in names]


def test_the_page_needs_nothing_from_outside(files):
    page = Outside()
    page.feed(files["report.html"])
    assert page.found
    assert all(address.startswith("#") for address in page.found)
    assert not re.search(r"https?:|@import|url\(", files["report.html"])


def test_it_holds_both_languages_and_what_a_source_is_called_is_text(files):
    page = files["report.html"]
    assert 'lang="zh-Hans"' in page
    assert 'lang="en"' in page
    assert "必填字段为空" in page
    assert "a required field is empty" in page
    assert "Ten &lt;b&gt;synthetic&lt;/b&gt; persons" in page
    assert "<b>synthetic" not in page


def test_every_check_stands_in_it_in_each_language(files):
    report = json.loads(files["report.json"])
    for check in report["checks"]:
        place = ".".join(p for p in (check["table"], check["field"]) if p)
        assert files["report.html"].count(place) >= 2
    counts = Counter(c["status"] for c in report["checks"])
    for status in ("passed", "failed", "not_applicable"):
        assert f'<td class="n">{counts[status]:,}</td>' in files["report.html"]


def test_it_names_the_catalogue_that_made_the_score(files):
    catalogue = json.loads(files["report.json"])["score"]["catalogue"]
    assert catalogue["checks"] == len(json.loads(files["report.json"])["checks"])
    assert files["report.html"].count(catalogue["digest"]) == 2


# --- keys of rows --------------------------------------------------------------------------


def test_no_file_holds_a_key_of_a_row_unless_the_steward_asks(files):
    assert all(str(KEY) not in text for text in files.values())


def test_with_examples_the_page_holds_keys_says_so_on_top_and_is_the_owners(
    source, tmp_path, capsys
):
    page, report = tmp_path / "r.html", tmp_path / "r.json"
    assert run(source, "--html", page, "--examples", "--out", report) == 0
    text = page.read_text("utf-8")
    assert str(KEY) in text
    for article in text.split("<article")[1:]:
        head = article[: article.index("<nav")]
        assert "本文件含有行的主键" in head or "This file holds keys of rows" in head
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert str(KEY) not in report.read_text("utf-8")
    assert "keys of rows" in capsys.readouterr().out


def test_a_page_without_keys_does_not_claim_any(files):
    assert "本文件含有行的主键" not in files["report.html"]


# --- what the site set ---------------------------------------------------------------------


def test_what_is_waived_stands_in_both_forms_and_still_fails(source, tmp_path):
    until = (utc_now().date() + timedelta(days=90)).isoformat()
    file, page, dqd = tmp_path / "site.yaml", tmp_path / "r.html", tmp_path / "d.json"
    file.write_text(
        f"waivers:\n  - check: {CHECK}\n    reason: <i>next month</i>\n"
        f"    by: W. Data\n    until: {until}\n",
        "utf-8",
    )
    assert run(source, "--checks", file, "--html", page, "--dqd", dqd) == 0
    text = page.read_text("utf-8")
    assert text.count("&lt;i&gt;next month&lt;/i&gt;") >= 4
    assert "<i>" not in text
    assert text.count(until) >= 4
    rows = {r["checkId"]: r for r in json.loads(dqd.read_text("utf-8"))["CheckResults"]}
    row = rows["field_isrequired_person_gender_concept_id"]
    assert row["failed"] == 1
    assert row["notesValue"] == f"Waived until {until} by W. Data: <i>next month</i>"


# --- what is said, and what is refused -----------------------------------------------------


@pytest.mark.parametrize(("language", "word"), [("zh", "已写入"), ("en", "wrote")])
def test_each_file_is_named_and_the_page_opens_in_the_callers_language(
    source, tmp_path, monkeypatch, capsys, language, word
):
    monkeypatch.setenv("QUNDAO_LANGUAGE", language)
    named = [tmp_path / n for n in ("a.json", "a.html", "a-dqd.json")]
    assert run(source, "--out", named[0], "--html", named[1], "--dqd", named[2]) == 0
    said = capsys.readouterr().out.splitlines()[-3:]
    assert said == [f"{word} {path}" for path in named]
    chosen = "en" if language == "en" else "zh-hans"
    assert f'id="{chosen}" checked' in named[1].read_text("utf-8")


def test_every_bad_option_is_told_at_once_and_nothing_is_written(source, tmp_path, capsys):
    missing = tmp_path / "no" / "a.html"
    assert run(source, "--html", missing, "--dqd", tmp_path, "--out", tmp_path / "a.json") == 2
    said = capsys.readouterr().err
    assert said.count("cli.cannot_write") == 2
    assert not (tmp_path / "a.json").exists()


def test_examples_without_a_page_and_one_file_for_two_are_refused(source, tmp_path, capsys):
    assert run(source, "--examples") == 2
    assert run(source, "--out", tmp_path / "a", "--dqd", tmp_path / "a") == 2
    assert capsys.readouterr().err.count("cli.usage") == 2


def test_a_file_that_cannot_be_written_does_not_cost_the_others(source, tmp_path, capsys):
    (tmp_path / "a.json.tmp").mkdir()
    (tmp_path / "a.json.tmp" / "in-the-way").touch()
    page = tmp_path / "a.html"
    assert run(source, "--out", tmp_path / "a.json", "--html", page) == 1
    assert page.exists()
    assert "cli.cannot_write" in capsys.readouterr().err
