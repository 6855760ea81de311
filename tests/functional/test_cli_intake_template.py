"""`qundao intake template`: listed, shown, written once, and good for a load as it is."""

from __future__ import annotations

import pytest

from qundao.cli.main import main
from qundao.intake.synthetic import write_exports
from qundao.intake.templates import TEMPLATES, template


def test_all_are_listed_in_both_languages(capsys, monkeypatch):
    for spoken in ("zh", "en"):
        monkeypatch.setenv("QUNDAO_LANGUAGE", spoken)
        assert main(["intake", "template"]) == 0
        shown = capsys.readouterr().out
        for name, words in TEMPLATES.items():
            assert name in shown
            assert words.in_(spoken) in shown


def test_one_is_shown_or_written_and_never_over_what_was_adapted(tmp_path, capsys):
    out = tmp_path / "m.yaml"
    assert main(["intake", "template", "hospital-omop"]) == 0
    assert capsys.readouterr().out == template("hospital-omop")
    assert main(["intake", "template", "hospital-omop", "--out", str(out)]) == 0
    assert out.read_text("utf-8") == template("hospital-omop")
    assert str(out) in capsys.readouterr().out
    out.write_text("adapted", "utf-8")
    assert main(["intake", "template", "hospital-omop", "--out", str(out)]) != 0
    assert "cli.cannot_write" in capsys.readouterr().err
    assert out.read_text("utf-8") == "adapted"


def test_a_name_that_is_none_is_told_with_those_there_are(capsys):
    assert main(["intake", "template", "nothing"]) != 0
    told = capsys.readouterr().err
    assert "intake.no_template" in told
    assert "hospital-omop" in told


@pytest.mark.parametrize("format_", ["utf8", "gb18030"])
def test_a_template_loads_exports_as_it_is(tmp_path, capsys, format_):
    write_exports(tmp_path, patients=20, seed=2, formats=[format_])
    out, node = tmp_path / "m.yaml", tmp_path / "node"
    assert main(["intake", "template", "hospital-omop", "--out", str(out)]) == 0
    places = ["--sources", str(tmp_path / format_), "--to", str(node)]
    assert main(["intake", "load", str(out), *places]) == 0
    assert (node / "loaded" / "current").read_text("utf-8") == "v0001"
    assert "measurement" in capsys.readouterr().out
