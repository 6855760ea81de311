"""`qundao intake draft | codes | compare` as a steward types them."""

from __future__ import annotations

import json

import pytest

from qundao.cli.main import main
from qundao.intake.synthetic import write_exports
from support.intake_hospital import MAPPING, write_hospital
from support.intake_vocabulary import write_vocabulary


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    write_exports(folder, patients=25, seed=6, formats=["utf8"])
    return folder / "utf8"


@pytest.fixture
def drafted(exports, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    out = tmp_path / "hospital.yaml"
    assert qundao("draft", exports, "--target", "omop 5.4", "--out", out) == 0
    return out, capsys.readouterr().out


def qundao(*words):
    return main(["intake", *map(str, words)])


def test_a_draft_is_written_once(drafted, exports, capsys):
    out, told = drafted
    assert "病案首页.csv: front pages of inpatient records (" in told
    assert f"wrote {out}: look at the " in told
    out.write_text("adapted", "utf-8")
    assert qundao("draft", exports, "--out", out) == 2
    assert "cli.cannot_write" in capsys.readouterr().err
    assert out.read_text("utf-8") == "adapted"


def test_a_draft_is_shown_and_its_suggestions_are_json(exports, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "zh")
    told = tmp_path / "suggestions.json"
    assert qundao("draft", exports, "--name", "甲医院", "--suggestions", told) == 0
    assert "\nmapping: 甲医院\n" in capsys.readouterr().out
    held = json.loads(told.read_text("utf-8"))
    assert held["schema"] == "qundao.intake-suggestions/1"
    kinds = {s["source"]: s["kinds"][0]["kind"] for s in held["sources"]}
    assert kinds["处方.csv"] == "prescriptions"
    field = next(f for f in held["fields"] if f["field"] == "drug_concept_id")
    assert field["candidates"][0]["expression"] == "code(drugs, 药品编码)"
    assert {r["reason"] for r in field["candidates"][0]["reasons"]} >= {"known_name", "needs_list"}


def test_what_cannot_be_drafted_is_told(tmp_path, capsys, exports):
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", "utf-8")
    assert qundao("draft", tmp_path / "a.csv") == 2
    assert "intake.nothing_to_draft" in capsys.readouterr().err
    assert qundao("draft", exports, "--target", "omop 9") == 2
    assert "intake.no_target" in capsys.readouterr().err


def test_codes_come_by_frequency_with_names_coverage_and_concepts(
    exports, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    out = tmp_path / "front.yaml"
    assert qundao("draft", exports / "病案首页.csv", "--out", out) == 0
    places = ["--sources", exports, "--to", tmp_path / "node", "--list", "icd10"]
    assert qundao("codes", out, *places, "--most", 2) == 0
    told = capsys.readouterr().out
    assert "codes icd10: 0.0% of rows covered (0 of " in told
    assert "no vocabulary, so codes alone" in told
    assert told.count(" rows  ") == 2
    vocabulary, file = write_vocabulary(tmp_path / "athena"), tmp_path / "codes.json"
    more = ["--vocabulary", vocabulary, "--most", 99, "--out", file]
    assert qundao("codes", out, *places, *more) == 0
    told = capsys.readouterr().out
    assert "I10.x00  高血压病  →" in told
    assert "320128 Essential hypertension (SNOMED 59621000, Condition): " in told
    assert "without its national extension it is I10 of ICD10" in told
    (listed,) = json.loads(file.read_text("utf-8"))["lists"]
    rows = [c["rows"] for c in listed["codes"]]
    assert rows == sorted(rows, reverse=True)
    reach = [c["reach"] for c in listed["codes"]]
    assert reach == sorted(reach)
    assert 0 < reach[-1] < 100
    found = next(c for c in listed["codes"] if c["code"] == "I10.x00")
    assert found["name"] == "高血压病"
    assert found["candidates"][0]["concept_id"] == 320128


def test_a_list_that_is_none_is_told_with_those_there_are(drafted, exports, tmp_path, capsys):
    out, _ = drafted
    places = ["--sources", exports, "--to", tmp_path / "node"]
    assert qundao("codes", out, *places, "--list", "icd11") == 2
    told = capsys.readouterr().err
    assert "icd11" in told
    assert "icd10" in told


def test_comparing_shows_what_changes_and_where(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    old, new, file = tmp_path / "old.yaml", tmp_path / "new.yaml", tmp_path / "compared.json"
    old.write_text(MAPPING, "utf-8")
    new.write_text(MAPPING.replace("visit_concept_id: 9201", "visit_concept_id: 9203"), "utf-8")
    export = write_hospital(tmp_path / "export")
    places = ["--sources", export, "--to", tmp_path / "node"]
    assert qundao("compare", old, new, *places, "--rows", 1, "--out", file) == 0
    told = capsys.readouterr().out
    assert "visit_occurrence: 2 → 2 rows: 0 added, 0 removed, 2 changed, 0 the same" in told
    assert "    2 rows change visit_concept_id" in told
    assert "visit_concept_id 9201 → 9203  (front.csv, line " in told
    assert "keep it on the site" in told
    held = json.loads(file.read_text("utf-8"))
    tables = {t["table"]: t for t in held["tables"]}
    assert tables["visit_occurrence"]["fields"] == {"visit_concept_id": 2}
    assert tables["person"]["changed"] == 0
    assert not list((tmp_path / "node").glob("loaded/v*"))
    monkeypatch.setenv("QUNDAO_LANGUAGE", "zh")
    assert qundao("compare", old, old, *places) == 0
    assert capsys.readouterr().out == "没有一行不同\n"
