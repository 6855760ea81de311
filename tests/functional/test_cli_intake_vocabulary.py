"""`qundao intake vocabulary` as a hospital's engineer types it. The tables are synthetic."""

from __future__ import annotations

import pytest

from qundao.cli.main import main
from support.code_tables import CLINICAL, write_csv, write_meddra, write_sheet


def run(*arguments):
    return main(["intake", "vocabulary", *map(str, arguments)])


@pytest.fixture(params=["zh", "en"])
def spoken(request, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", request.param)
    return request.param


def test_a_sound_table_is_named_with_its_version_and_codes(tmp_path, capsys, spoken):
    path = write_sheet(tmp_path / "国家临床版2.0.xlsx", CLINICAL)
    assert run(path) == 0
    told = capsys.readouterr().out
    assert {"zh": "ICD-10 国家临床版", "en": "ICD-10, national clinical edition"}[spoken] in told
    assert {"zh": "版本 2.0", "en": "version 2.0"}[spoken] in told
    assert {"zh": "4 个编码", "en": "4 codes"}[spoken] in told


def test_defects_are_told_with_their_places_and_make_the_exit_code_1(tmp_path, capsys, spoken):
    write_meddra(tmp_path, llt=["90000005$cut"])
    assert run(tmp_path) == 1
    told = capsys.readouterr().out
    assert {"zh": "llt.asc 第 1 行", "en": "llt.asc row 1"}[spoken] in told
    assert "90000005$cut" in told


def test_what_is_no_table_of_codes_is_an_error_of_usage(tmp_path, capsys, spoken):
    assert run(write_csv(tmp_path / "visits.csv", [("病案号", "姓名"), ("1", "合成")])) == 2
    assert "intake.no_code_table" in capsys.readouterr().err
