"""`qundao intake test`: what passes and what differs, in both languages and as JSON."""

from __future__ import annotations

import json

import pytest

from qundao.cli.main import main

MAPPING = """\
mapping: people
version: 1
target: omop 5.4
sources: {front: {files: a.csv}}
codes: {sex: {file: sex.csv}}
tables:
  person:
    from: front
    fields:
      person_id: person(卡号)
      gender_concept_id: code(sex, 性别)
      year_of_birth: 年份
      race_concept_id: 0
      ethnicity_concept_id: 0
"""
EXAMPLES = """\
examples:
  - name: 一人
    given: {front: [{卡号: A1, 性别: 男, 年份: 1960}]}
    expect: {person: [{person_id: =A1, year_of_birth: 1960, gender_concept_id: 8507}]}
  - name: 性别不详
    given: {front: [{卡号: A1, 性别: 不详, 年份: 1960}]}
    rejected: [{table: person, reason: not_in_list, field: gender_concept_id}]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sex.csv").write_text("code,concept\n男,8507\n", "utf-8")
    (tmp_path / "m.yaml").write_text(MAPPING + EXAMPLES, "utf-8")
    return tmp_path


def test_all_pass_with_the_sites_own_lists(folder, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "zh")
    told = ["--sources", str(folder), "--out", str(folder / "out.json")]
    assert main(["intake", "test", str(folder / "m.yaml"), *told]) == 0
    shown = capsys.readouterr().out
    assert "通过  一人" in shown
    assert "2 / 2 个示例通过" in shown
    results = json.loads((folder / "out.json").read_text("utf-8"))
    assert results["mapping"]["name"] == "people"
    assert [(e["name"], e["passed"]) for e in results["examples"]] == [
        ("一人", True),
        ("性别不详", True),
    ]


def test_what_differs_is_told_and_the_exit_code_is_one(folder, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    wrong = (MAPPING + EXAMPLES).replace(
        "person_id: =A1, year_of_birth: 1960", "year_of_birth: 1961"
    )
    (folder / "m.yaml").write_text(wrong, "utf-8")
    assert main(["intake", "test", str(folder / "m.yaml"), "--sources", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert "FAILED  一人 (line 16)" in shown
    assert "person, row 1, year_of_birth: 1961 is expected, received 1960" in shown
    assert "1 of 2 examples passed" in shown


def test_a_mapping_without_examples_says_so(folder, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    (folder / "m.yaml").write_text(MAPPING, "utf-8")
    assert main(["intake", "test", str(folder / "m.yaml")]) == 0
    assert "no examples" in capsys.readouterr().out


def test_files_that_cannot_be_used_are_told(folder, capsys):
    assert main(["intake", "test", str(folder / "none.yaml")]) == 2
    assert "cli.cannot_read" in capsys.readouterr().err
    out = ["--sources", str(folder), "--out", str(folder / "no" / "out.json")]
    assert main(["intake", "test", str(folder / "m.yaml"), *out]) == 2
    assert "cli.cannot_write" in capsys.readouterr().err
