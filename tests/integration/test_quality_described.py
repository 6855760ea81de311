"""A described table is checked against what its description says."""

from __future__ import annotations

import json

import pytest

from qundao.cli.main import main
from qundao.engines import open_engine
from qundao.models import Field, Foreign, Kind, Table, described, model_to_json
from qundao.quality import Status, run
from support.model_folder import write_model

MODEL = described(
    "cohort@1",
    [
        Table("patient", "own", (Field("id", Kind.INTEGER, required=True, key=True),)),
        Table(
            "visit",
            "own",
            (
                Field("id", Kind.INTEGER, required=True, key=True),
                Field("patient", Kind.INTEGER, required=True, foreign=Foreign("patient", "id")),
                Field("day", Kind.DATE),
            ),
        ),
    ],
)
ROWS = {
    "patient": [{"id": 1}, {"id": 2}],
    "visit": [{"id": 1, "patient": 1}, {"id": 1, "patient": 3}, {"id": 2, "patient": None}],
}


@pytest.fixture
def data(tmp_path):
    return write_model(tmp_path / "tables", MODEL, ROWS)


def test_what_the_description_says_is_checked(data):
    with open_engine(data) as engine:
        report = run(engine, MODEL)
    failed = {
        (f.check.check, f.check.table, f.check.field, f.violated_rows)
        for f in report.findings
        if f.status is Status.FAILED
    }
    assert failed == {
        ("isPrimaryKey", "visit", "id", 2),
        ("isForeignKey", "visit", "patient", 1),
        ("isRequired", "visit", "patient", 1),
        ("measureValueCompleteness", "visit", "patient", 1),
    }
    assert not [f for f in report.findings if f.status is Status.ERROR]


def test_the_command_takes_the_description_as_a_file(data, tmp_path, capsys):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model_to_json(MODEL)), "utf-8")
    html = tmp_path / "r.html"
    told = ["quality", "run", "--data", data, "--model"]
    assert main([*told, str(path), "--html", str(html)]) == 0
    shown = capsys.readouterr().out
    assert "isPrimaryKey" in shown
    assert "cohort@1" in html.read_text("utf-8")
    path.write_text("{}", "utf-8")
    assert main([*told, str(path)]) == 2
    assert "cli.cannot_read" in capsys.readouterr().err
