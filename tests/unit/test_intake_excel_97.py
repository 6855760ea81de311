"""Workbooks of Excel 97: read as those of today, and a damaged one harms another process alone."""

from __future__ import annotations

import random
import struct
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import python_calamine as calamine

from qundao.intake import codes
from qundao.intake.readers import excel_97, open_source
from qundao.intake.readers.excel_97 import open_old
from qundao.intake.source import PLACE, Defect
from qundao.kernel.errors import QundaoError
from support.old_workbook import write_old_workbook

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.fixture
def lab(tmp_path) -> Path:
    return write_old_workbook(tmp_path)


def read(path: Path, table: str) -> tuple[list[dict], list[Defect]]:
    reader = open_source(path)
    defects: list[Defect] = []
    rows = [row for b in reader.batches(table, defects.append) for row in b.to_pylist()]
    reader.close()
    return rows, defects


def refusal(path: Path) -> str:
    with pytest.raises(QundaoError) as caught:
        open_source(path)
    (problem,) = caught.value.problems
    return problem.code


def test_it_is_read_as_one_of_today(lab):
    labs, defects = read(lab, "检验结果")
    assert list(labs[0]) == ["病案号", "项目代码", "结果", "采样时间", PLACE]
    assert not defects
    assert [tuple(r.values()) for r in labs] == [
        ("P1", "GLU", "5.1", "2023-01-01T08:30:00", 3),
        ("P2", "HGB", "<0.01", "2023-01-02T08:30:00", 4),
        ("P1", "GLU", "7", "2023-01-03T08:30:00", 5),
        ("P3", None, None, None, 6),
    ]
    assert [r["性别"] for r in read(lab, "病人")[0]] == ["男", "女"]


def test_what_is_told_is_what_the_parser_says(lab):
    told, itself = open_old(lab), calamine.CalamineWorkbook.from_path(lab)
    names = [s.name for s in told.sheets_metadata]
    assert names == [s.name for s in itself.sheets_metadata]
    for name in names:
        ours, theirs = told.get_sheet_by_name(name), itself.get_sheet_by_name(name)
        assert (ours.start, ours.end) == (theirs.start, theirs.end)
        assert ours.merged_cell_ranges == theirs.merged_cell_ranges
        assert list(ours.iter_rows()) == list(theirs.iter_rows())
        assert ours.to_python(nrows=2) == theirs.to_python(skip_empty_area=False, nrows=2)
    told.close()


def test_error_cells_are_defects_of_their_columns(lab):
    """The formula of P3 comes to nothing, as Excel writes it ([MS-XLS] 2.5.133)."""
    held = bytearray(lab.read_bytes())
    record = next(
        at
        for at in range(len(held) - 20)
        if struct.unpack_from("<H", held, at)[0] == 0x0006
        and struct.unpack_from("<HH", held, at + 4) == (5, 2)
    )
    held[record + 10 : record + 18] = bytes((2, 0, 0x07, 0, 0, 0, 0xFF, 0xFF))
    lab.write_bytes(held)
    rows, defects = read(lab, "检验结果")
    assert rows[3]["病案号"] == "P3"
    assert [(d.place, d.column, d.value) for d in defects] == [(6, "结果", "#DIV/0!")]


def test_an_archive_within_it_is_not_taken_for_the_workbook(lab):
    """Excel keeps its theme as an archive, which is found from the end of the file."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("theme/theme.xml", "<a/>")
    whole = lab.read_bytes()
    lab.write_bytes(whole + packed.getvalue().ljust(512, b"\0"))
    assert len(read(lab, "病人")[0]) == 2


def test_nothing_of_it_lies_about(lab, tmp_path, monkeypatch):
    beside = tmp_path / "temporary"
    beside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(beside))
    reader = open_source(lab)
    assert list(beside.iterdir()) == []
    reader.close()


# --- damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [8, 100, 512, 600, 3000])
def test_one_that_is_cut_off_is_refused(lab, kept):
    lab.write_bytes(lab.read_bytes()[:kept])
    assert refusal(lab) == codes.UNREADABLE


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_one_is_read_or_refused(lab, seed):
    """Chains of sectors, counts and lengths are where parsers of this form come to harm."""
    chance = random.Random(seed)
    held = bytearray(lab.read_bytes())
    for _ in range(chance.choice((1, 1, 3, 9))):
        at = chance.choice((chance.randrange(8, 512), chance.randrange(512, len(held) - 4)))
        number = chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFE, chance.randrange(2**32)))
        held[at : at + 4] = struct.pack("<I", number)
    lab.write_bytes(held)
    try:
        for table in (reader := open_source(lab)).tables():
            assert sum(map(len, reader.batches(table.name, list[Defect]().append))) <= 65_536
    except QundaoError as error:
        assert error.code in (codes.UNREADABLE, codes.HOSTILE, codes.BEYOND_LIMITS)  # noqa: PT017


@pytest.mark.parametrize(
    ("done", "limit", "most", "code"),
    [
        ("bytearray(2**30)", "_MEMORY", 2**29, codes.UNREADABLE),
        ("while True: pass", "_SECONDS", 1, codes.BEYOND_LIMITS),
        ("while True: args[1].write('[]' * 9)", "_WRITTEN", 2**16, codes.BEYOND_LIMITS),
    ],
)
def test_memory_time_and_writing_have_bounds(lab, monkeypatch, tmp_path, done, limit, most, code):
    """In place of the parser, what a parser that comes to harm would do."""
    own = excel_97._PROGRAM.read_text("utf-8")
    harmed = tmp_path / "harmed.py"
    harmed.write_text(own.replace("def tell(", f"def tell(*args):\n    {done}\ndef _(", 1))
    monkeypatch.setattr(excel_97, "_PROGRAM", harmed)
    monkeypatch.setattr(excel_97, limit, most)
    assert refusal(lab) == code


def test_one_with_a_password_is_refused_and_told_what_to_do(tmp_path):
    path = tmp_path / "locked.xlsx"
    path.write_bytes(COMPOUND + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480))
    with pytest.raises(QundaoError) as caught:
        open_source(path)
    (problem,) = caught.value.problems
    assert problem.code == codes.LOCKED_WORKBOOK
    assert "密码" in problem.text("zh")["remedy"]


def test_one_that_speaks_of_passwords_in_a_cell_is_read(lab):
    """What is behind the last sector stands for text that the workbook holds anywhere."""
    lab.write_bytes(lab.read_bytes() + "EncryptedPackage".encode("utf-16-le").ljust(512, b"\0"))
    assert len(read(lab, "病人")[0]) == 2
