"""`qundao node connect --about`: the documented example is whole; a bad file says what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qundao.cli.main import main
from qundao.node import register

PAGE = Path(__file__).parents[2] / "docs/how-to/connect-a-hospital.md"


def test_the_documented_description_is_accepted():
    (told,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    register.check("ehr", json.loads(told))


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "cli.cannot_read"), ("{", "cli.bad_json"), ("[]", "cli.bad_json")],
)
def test_a_description_that_cannot_be_read_says_so(text, code, tmp_path, capsys):
    file = tmp_path / "ehr.json"
    if text is not None:
        file.write_text(text, "utf-8")
    asked = ["node", "connect", "--dir", str(tmp_path), "--name", "ehr", "--data", "parquet:x"]
    assert main([*asked, "--about", str(file)]) == 2
    said = capsys.readouterr().err
    assert code in said
    assert str(file) in said
