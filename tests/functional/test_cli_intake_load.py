"""`qundao intake map | load | status` as a steward types them."""

from __future__ import annotations

import json

import duckdb
import pytest

from qundao.cli.main import main
from support.intake_hospital import MAPPING, write_hospital


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    export = write_hospital(tmp_path / "export")
    mapping = tmp_path / "front.yaml"
    mapping.write_text(MAPPING, "utf-8")
    return mapping, export, tmp_path / "intake"


def qundao(*words):
    return main(["intake", *map(str, words)])


def test_a_mapping_is_tried_and_nothing_is_kept(places, capsys):
    mapping, export, to = places
    assert qundao("map", mapping, "--sources", export, "--to", to, "--rows", 1) == 0
    told = capsys.readouterr().out
    assert "front  front.csv: 7 rows, 1 of them unreadable" in told
    line = "person ← front: 6 candidates = 2 loaded + 1 rejected + 3 merged + 0 left out"
    assert line in told
    assert "1 rows: not a day of the calendar (year_of_birth)" in told
    assert "1 rows: 出院早于入院" in told
    assert "codes icd10: 66.7% of rows covered (6 of 9)" in told
    assert "3 rows unmapped: ZZZ" in told
    assert told.count("\nperson  {") == 1
    assert not list(to.glob("loaded/v*"))


def test_loading_says_where_the_version_and_the_rejects_are(places, capsys):
    mapping, export, to = places
    out = to.parent / "account.json"
    assert qundao("load", mapping, "--sources", export, "--to", to, "--out", out) == 0
    told = capsys.readouterr().out
    assert f"loaded as version 1: {to}/loaded/v0001/tables" in told
    assert f"{to}/loaded/v0001/rejects.csv" in told
    assert json.loads(out.read_text("utf-8"))["rows"]["person"] == 2
    persons = f"SELECT count(*) FROM '{to}/loaded/v0001/tables/person.parquet'"
    assert duckdb.sql(persons).fetchall() == [(2,)]
    assert qundao("load", mapping, "--sources", export, "--to", to) == 0
    capsys.readouterr()
    assert qundao("status", "--to", to) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:8] for line in lines if "@" in line] == ["  v0001 ", "* v0002 "]


def test_it_speaks_chinese(places, capsys, monkeypatch):
    mapping, export, to = places
    monkeypatch.setenv("QUNDAO_LANGUAGE", "zh-hans")
    assert qundao("load", mapping, "--sources", export, "--to", to) == 0
    told = capsys.readouterr().out
    assert "person ← front：候选 6 = 载入 2 + 拒绝 1 + 合并 3 + 不属于 0" in told
    assert "不要离开本单位" in told


def test_nothing_loaded_is_said_so(places, capsys):
    *_, to = places
    to.mkdir()
    assert qundao("status", "--to", to) == 0
    assert capsys.readouterr().out == "nothing has been loaded yet\n"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("omop 5.4", "omop 9", "intake.bad_mapping"),
        ("性别)", "sex_code)", "intake.column_missing"),
        ("front*.csv", "rear*.csv", "intake.source_missing"),
    ],
)
def test_what_is_wrong_is_told_and_the_exit_code_is_2(places, capsys, old, new, code):
    mapping, export, to = places
    mapping.write_text(MAPPING.replace(old, new), "utf-8")
    assert qundao("load", mapping, "--sources", export, "--to", to) == 2
    assert code in capsys.readouterr().err
    assert not list(to.glob("loaded/v*"))


def test_a_delivery_is_added_and_the_same_one_again_is_not(places, capsys):
    mapping, export, to = places
    assert qundao("load", mapping, "--sources", export, "--to", to) == 0
    write_hospital(export, ["A1,x,y,1,1970-03-05,2023-01-02,2023-01-09,I10.x00,,"], "front2.csv")
    capsys.readouterr()
    assert qundao("load", mapping, "--sources", export, "--to", to, "--add") == 0
    told = capsys.readouterr().out
    assert "front  front2.csv: 1 rows, 0 of them unreadable" in told
    assert "front.csv:" not in told
    assert "on version 1: 1 rows of person replaced by new ones" in told
    assert qundao("load", mapping, "--sources", export, "--to", to, "--add") == 0
    assert "no file is new: the current version stays as it is" in capsys.readouterr().out
    assert not (to / "loaded" / "v0003").exists()
