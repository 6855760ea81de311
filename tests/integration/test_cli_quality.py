"""`qundao quality run` as a steward types it."""

from __future__ import annotations

import json

import pytest

from qundao.cli.main import main
from qundao.intake import write_pilot


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    write_pilot(folder)
    return folder


def run(*arguments):
    return main(["quality", "run", *map(str, arguments)])


def test_it_writes_the_report_and_says_what_to_mend(pilot, tmp_path, capsys):
    out = tmp_path / "report.json"
    assert run("--data", f"parquet:{pilot}", "--out", out) == 0
    report = json.loads(out.read_text("utf-8"))
    assert report["schema"] == "qundao.quality/1"
    failed = [c for c in report["checks"] if c["status"] == "failed"]
    assert ("QD-ADAM-0015", "agreesWith", "ADSL", "TRTEDT") in {
        (c["rule"], c["check"], c["table"], c["field"]) for c in failed
    }
    told = capsys.readouterr().out
    assert "adsl.trtedt" in told
    assert f"{report['score']['total']:.2f}" in told


@pytest.mark.parametrize(("language", "word"), [("zh", "总分"), ("en", "total")])
def test_it_speaks_the_language_asked_for(pilot, language, word, monkeypatch, capsys):
    monkeypatch.setenv("QUNDAO_LANGUAGE", language)
    assert run("--data", f"parquet:{pilot}") == 0
    assert word in capsys.readouterr().out


def test_failed_checks_do_not_change_the_exit_code_but_a_bad_source_does(tmp_path, capsys):
    assert run("--data", f"parquet:{tmp_path / 'none'}") == 2
    assert "engines.source_missing" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_refused_before_the_work(pilot, tmp_path, capsys):
    out = tmp_path / "no-such-folder" / "report.json"
    assert run("--data", f"parquet:{pilot}", "--out", out) == 2
    assert "cli.cannot_write" in capsys.readouterr().err
    assert not out.parent.exists()
