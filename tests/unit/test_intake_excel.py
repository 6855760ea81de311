"""Excel: sheets as tables, headers found, values as text, errors reported, nothing evaluated."""

# ruff: noqa: DTZ001 (a workbook knows no time zones)
from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.workbook import Workbook

from qundao.intake import codes
from qundao.intake.readers import open_source
from qundao.intake.readers.excel_values import cell_text
from qundao.intake.source import PLACE, Defect
from qundao.kernel.errors import QundaoError


def _saved(book: Workbook, folder: Path) -> Path:
    path = folder / "book.xlsx"
    book.save(path)
    return path


def _sheet(folder: Path, rows: list[list[object]], merges: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    return _saved(book, folder)


def _read(path: Path, table: str = "Sheet", **options: str) -> tuple[pa.Table, list[Defect]]:
    reader = open_source(path, options=options)
    declared = next(t for t in reader.tables() if t.name == table)
    defects: list[Defect] = []
    batches = list(reader.batches(table, defects.append))
    assert all(b.schema == declared.schema() for b in batches)
    reader.close()
    return pa.Table.from_batches(batches, declared.schema()), defects


def test_every_sheet_is_a_table_hidden_ones_too_whatever_their_names(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "住院 (2023)"
    book.active.append(["a"])
    for name, state in (("=cmd|' calc", "visible"), ("..passwd", "hidden"), ("x", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet.append(["编号", "姓名"])
        sheet.append(["1", "张三"])
        sheet.sheet_state = state
    book.create_sheet("empty")
    book.create_chartsheet("chart")
    tables = open_source(_saved(book, tmp_path)).tables()
    assert [(t.name, t.facts["hidden"]) for t in tables] == [
        ("住院 (2023)", False),
        ("=cmd|' calc", False),
        ("..passwd", True),
        ("x", True),
    ]
    assert _read(tmp_path / "book.xlsx", "..passwd")[0]["姓名"].to_pylist() == ["张三"]


def test_values_are_text_as_excel_holds_them(tmp_path):
    row = ["007", 1, 1.5, True, datetime(2023, 1, 2, 3, 4, 5), date(2023, 1, 2), time(3, 4), -2.0]
    table, defects = _read(_sheet(tmp_path, [[f"c{i}" for i in range(8)], row]))
    assert [table[f"c{i}"][0].as_py() for i in range(8)] == [
        *("007", "1", "1.5", "TRUE", "2023-01-02T03:04:05", "2023-01-02", "03:04:00", "-2"),
    ]
    assert not defects


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1e20, "100000000000000000000"),
        (1e300, "1e+300"),
        (0.00012, "0.00012"),
        (110101199001011234.0, "110101199001011000"),
        (timedelta(hours=30, seconds=5), "30:00:05"),
        (datetime(2023, 1, 2, 3, 4, 4, 999_999), "2023-01-02T03:04:05"),
        (datetime(2023, 1, 2, 3, 4, 4, 500_000), "2023-01-02T03:04:04.500000"),
        ("", None),
        (" ", " "),
    ],
)
def test_noise_of_fractions_is_left_out(value, text):
    assert cell_text(value) == text


def test_text_that_looks_like_a_formula_stays_text_and_a_formula_is_never_worked_out(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c", "d", "e"])
    book.active.append(["=1+1", "+1", "-x", "@y", "end"])
    book.active["A2"].data_type = "s"
    book.active["A3"] = "=6*7"
    book.active["E3"] = "end"
    table, defects = _read(_saved(book, tmp_path))
    rows = [list(row.values())[:5] for row in table.to_pylist()]
    # The writer saved no result with the formula, so there is none to read.
    assert rows == [["=1+1", "+1", "-x", "@y", "end"], [None, None, None, None, "end"]]
    assert not defects


def test_the_result_saved_with_a_formula_is_read(tmp_path):
    path = _sheet(tmp_path, [["a", "b"], [1, "x"]])
    _replace(path, b'<c r="A2" t="n"><v>1</v></c>', b'<c r="A2"><f>6*7</f><v>42</v></c>')
    assert _read(path)[0]["a"].to_pylist() == ["42"]


def _replace(path: Path, old: bytes, new: bytes, part: str = "xl/worksheets/sheet1.xml") -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_error_cells_are_defects_of_their_column_and_null(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "dose", "ward"], [1, "#REF!", "A"], [2, 5, "#N/A"], ["#DIV/0!", None, None]):
        book.active.append(row)
    assert book.active["B2"].data_type == "e"
    book.active["C3"].data_type = "s"  # the word, typed in
    table, defects = _read(_saved(book, tmp_path))
    assert [(d.place, d.column, d.reason, d.value) for d in defects] == [
        (2, "dose", codes.BAD_VALUE, "#REF!"),
        (3, "ward", codes.BAD_VALUE, "#N/A"),
        (4, "id", codes.BAD_VALUE, "#DIV/0!"),
    ]
    assert table.to_pylist() == [
        {"id": "1", "dose": None, "ward": "A", PLACE: 2},
        {"id": "2", "dose": "5", "ward": None, PLACE: 3},
        {"id": None, "dose": None, "ward": None, PLACE: 4},
    ]


def test_the_header_is_found_below_notes_and_rows_keep_excels_numbers(tmp_path):
    rows = [
        ["某医院出院病人统计（合成数据）"],
        ["制表日期：", date(2023, 5, 1)],
        [],
        ["病案号", "姓名", "费用", "备注"],
        ["0001", "张三", 12.5, None],
        [],
        ["0002", "李四", 3, "x"],
    ]
    path = _sheet(tmp_path, rows, ("A1:D1",))
    table, _ = _read(path)
    assert table.column_names == ["病案号", "姓名", "费用", "备注", PLACE]
    assert table[PLACE].to_pylist() == [5, 7]
    facts = open_source(path).tables()[0].facts
    assert facts["header_rows"] == [4, 4]
    assert facts["notes"] == ["某医院出院病人统计（合成数据）", "制表日期： 2023-05-01"]


def test_the_header_row_can_be_told(tmp_path):
    path = _sheet(tmp_path, [["x", "y"], ["a", "b"], [1, 2]])
    table, _ = _read(path, header_row="2")
    assert table.to_pylist() == [{"a": "1", "b": "2", PLACE: 3}]
    for row in ("0", "nine", "9"):
        with pytest.raises(QundaoError) as caught:
            _read(path, header_row=row)
        assert caught.value.code == codes.UNKNOWN_OPTION


def test_merged_headers_are_joined_from_the_top(tmp_path):
    rows = [
        ["住院登记（合成）", None, None, None, None],
        ["编号", "诊断", None, "费用", "科室"],
        [None, "编码", "名称", "费用", None],
        ["1", "I10", "高血压", 5, "内科"],
    ]
    path = _sheet(tmp_path, rows, ("A1:E1", "A2:A3", "B2:C2", "E2:E3"))
    table, _ = _read(path)
    assert table.column_names == ["编号", "诊断_编码", "诊断_名称", "费用", "科室", PLACE]
    assert table[PLACE].to_pylist() == [4]


def test_merged_data_cells_are_repeated_only_when_asked(tmp_path):
    rows = [["科室", "医生", "人数"], ["内科", "甲", 1], [None, "乙", 2], ["外科", "丙", 3]]
    path = _sheet(tmp_path, rows, ("A2:A3",))
    assert _read(path)[0]["科室"].to_pylist() == ["内科", None, "外科"]
    assert _read(path, fill_merged="yes")[0]["科室"].to_pylist() == ["内科", "内科", "外科"]


def test_a_table_that_begins_away_from_the_corner_keeps_its_place(tmp_path):
    book = openpyxl.Workbook()
    for cell, value in {"C4": "a", "D4": "b", "C5": 1, "D5": 2, "C6": "#REF!", "D6": 3}.items():
        book.active[cell] = value
    table, defects = _read(_saved(book, tmp_path))
    assert table.to_pylist() == [{"a": "1", "b": "2", PLACE: 5}, {"a": None, "b": "3", PLACE: 6}]
    assert [(d.place, d.column) for d in defects] == [(6, "a")]


def test_errors_are_found_however_the_xml_is_written(tmp_path):
    path = _sheet(tmp_path, [["a", "b"], [1, "#REF!"]])
    _replace(path, b'<c r="B2" t="e"><v>#REF!</v></c>', b"<c t = 'e'\n><v>#REF!</v></c>")
    assert [(d.place, d.column) for d in _read(path)[1]] == [(2, "b")]


def test_what_is_no_workbook_and_no_such_sheet_are_refused(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(QundaoError) as caught:
        open_source(path)
    assert caught.value.code == codes.UNREADABLE
    reader = open_source(_sheet(tmp_path, [["a"], [1]]))
    with pytest.raises(QundaoError) as caught:
        list(reader.batches("none", print))
    assert caught.value.code == codes.NO_SUCH_TABLE
    reader.close()
    reader.close()


@pytest.mark.parametrize("name", ["book.xls", "book.xlsx"])
@pytest.mark.parametrize(
    ("held", "told"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        ("病案号\t结果\nP1\t5.1\n".encode("gb18030"), "format: delimited"),
        (b"\0\1,\t\0", "–"),
        (b"", "–"),
    ],
)
def test_what_only_has_the_name_of_a_workbook_is_refused_and_told(tmp_path, name, held, told):
    path = tmp_path / name
    path.write_bytes(held)
    with pytest.raises(QundaoError) as caught:
        open_source(path)
    (problem,) = caught.value.problems
    assert problem.code == codes.UNREADABLE
    assert told in str(problem.received)


def test_a_workbook_of_today_is_read_whatever_its_name(tmp_path):
    path = _sheet(tmp_path, [["病案号", "结果"], ["P1", 5.1]]).rename(tmp_path / "his.xls")
    rows, _ = _read(path)
    assert rows["结果"].to_pylist() == ["5.1"]


def test_a_sheet_of_nothing_but_empty_texts_is_no_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("blank")["B2"] = ""
    path = _saved(book, tmp_path)
    assert [t.name for t in open_source(path).tables()] == ["Sheet"]
