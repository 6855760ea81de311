"""`qundao intake profile` as a hospital's engineer types it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest

from qundao.cli.main import main
from qundao.cli.rows_progress import RowsProgress
from qundao.intake.pilot import write_pilot
from qundao.intake.synthetic import VISITS, write_exports


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    write_exports(folder, patients=120, seed=2)
    return folder


def run(*arguments):
    return main(["intake", "profile", *map(str, arguments)])


def test_a_folder_of_exports_is_profiled_shown_and_written(exports, tmp_path, capsys):
    out = tmp_path / "profile.json"
    assert run(exports / "gb18030", "--out", out) == 0
    told = json.loads(out.read_text("utf-8"))
    assert told["schema"] == "qundao.intake-profile/1"
    assert {t["table"] for t in told["tables"]} == {"病案首页", "门诊就诊", "处方", "检验结果"}
    columns = {c["name"]: c for c in told["tables"][-1]["columns"]}
    assert columns["身份证号"]["meanings"][0]["direct_identifier"] is True
    assert columns["身份证号"]["values"] == []
    shown = capsys.readouterr().out
    assert str(out) in shown
    assert "就诊流水号" in shown


def test_the_written_profile_is_its_owners_alone(exports, tmp_path):
    out = tmp_path / "profile.json"
    out.write_text("old", "utf-8")
    assert run(exports / "utf8" / f"{VISITS}.csv", "--out", out) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [f.name for f in tmp_path.iterdir()] == ["profile.json"]


@pytest.mark.parametrize(("language", "word"), [("zh", "可能的主键"), ("en", "likely keys")])
def test_it_speaks_the_language_asked_for(exports, language, word, monkeypatch, capsys):
    monkeypatch.setenv("QUNDAO_LANGUAGE", language)
    assert run(exports / "utf8" / f"{VISITS}.csv") == 0
    assert word in capsys.readouterr().out


def test_a_format_and_its_options_are_handed_to_the_reader(tmp_path, capsys):
    odd = tmp_path / "export.dat"
    odd.write_text("名称|数量\n片|1\n粒|2\n", "gb18030")
    asked = ("--format", "delimited", "--option", "delimiter=|", "--option", "encoding=gb18030")
    assert run(odd, *asked) == 0
    assert "数量" in capsys.readouterr().out
    assert run(odd) == 2
    assert "intake.unknown_format" in capsys.readouterr().err


def test_part_that_cannot_be_read_is_told_and_makes_the_code_1(exports, tmp_path, capsys):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    out = tmp_path / "profile.json"
    assert run(exports / "utf8", broken, "--out", out) == 1
    assert "broken.xlsx" in capsys.readouterr().err
    assert len(json.loads(out.read_text("utf-8"))["tables"]) == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-file.csv"], "intake.source_missing"),
        (["x.csv", "--option", "delimiter"], "cli.usage"),
        (["x.csv", "--option", "=x"], "cli.usage"),
        (["x.csv", "--out", "no-such-folder/profile.json"], "cli.cannot_write"),
    ],
)
def test_wrong_use_is_told_and_makes_the_code_2(arguments, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a\n1\n", "utf-8")
    assert run(*arguments) == 2
    assert code in capsys.readouterr().err
    assert [f.name for f in tmp_path.iterdir()] == ["x.csv"]


def test_help_holds_an_example():
    asked = [sys.executable, "-m", "qundao.cli.main", "intake", "profile", "--help"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "example:\n  qundao intake profile" in told


def test_progress_waits_two_seconds_then_tells_rows_speed_and_time_left(monkeypatch, capsys):
    now = iter([0.0, 1.0, 4.0, 5.0])
    monkeypatch.setattr("qundao.cli.rows_progress.time.monotonic", lambda: next(now))
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    progress = RowsProgress()
    progress("lab", 100, 1000)
    assert capsys.readouterr().err == ""
    progress("lab", 400, 1000)
    assert "lab: 400 rows, 100 rows/s, 6 s left" in capsys.readouterr().err
    progress("lab", 500, None)
    assert "left" not in capsys.readouterr().err
    progress.close()
    assert capsys.readouterr().err == "\n"


def test_a_trial_in_a_sponsors_format_is_profiled_alike(tmp_path, capsys):
    write_pilot(tmp_path / "trial", sites=["701"])
    out = tmp_path / "profile.json"
    assert run(tmp_path / "trial", "--out", out) == 0
    told = {t["table"]: t for t in json.loads(out.read_text("utf-8"))["tables"]}
    assert set(told) == {"dm", "ae", "ex", "ds", "suppae", "adsl", "adae", "adtte"}
    assert told["dm"]["keys"][0]["columns"] == ["USUBJID"]
    assert told["ae"]["keys"][0]["columns"] == ["USUBJID", "AESEQ"]
    assert "USUBJID" in capsys.readouterr().out
