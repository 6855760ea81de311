"""Files made to harm the node that reads them are refused before they can."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.kernel.errors import QundaoError
from support.peak_memory import READ_PEAK

_SHEET = "xl/worksheets/sheet1.xml"


def _refused(path: Path, limits: Limits | None = None) -> str:
    """Return the code with which a source is refused, when opened or when read."""
    with pytest.raises(QundaoError) as caught:
        _read_all(path, limits or Limits())
    return caught.value.code


def _read_all(path: Path, limits: Limits) -> None:
    reader = open_source(path, limits=limits)
    for table in reader.tables():
        for _ in reader.batches(table.name, lambda defect: None):
            pass


def _workbook(folder: Path, columns: int = 2, title: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    book.active.append([f"c{i}" for i in range(columns)])
    book.active.append(list(range(columns)))
    path = folder / "book.xlsx"
    book.save(path)
    return path


def _changed(path: Path, part: str, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _with_part(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path):
    bomb = _with_part(_workbook(tmp_path), "xl/media/x.xml", bytes(64 * 2**20))
    assert _refused(bomb) == codes.BEYOND_LIMITS


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path):
    assert _refused(_workbook(tmp_path), Limits(unpacked_bytes=1000)) == codes.BEYOND_LIMITS


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    path = _with_part(_workbook(tmp_path), "xl/sharedStrings2.xml", b"x" * 12_345_678)
    told, true = (n.to_bytes(4, "little") for n in (100, 12_345_678))
    path.write_bytes(path.read_bytes().replace(true, told))
    assert _refused(path) in (codes.HOSTILE, codes.UNREADABLE)


def test_too_many_parts_are_refused(tmp_path):
    path = _workbook(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(10_001):
            archive.writestr(f"x/{i}", b"")
    assert _refused(path) == codes.BEYOND_LIMITS


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "xl/../../x", "..\\..\\x", "C:/x", "a\x07b"]
)
def test_paths_out_of_the_archive_are_refused(tmp_path, name):
    assert _refused(_with_part(_workbook(tmp_path), name, b"x")) == codes.HOSTILE


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_entity_bombs_are_refused(tmp_path, codec):
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'.encode(codec)
    path = _changed(_workbook(tmp_path), _SHEET, b"<worksheet", bomb + b"<worksheet")
    assert _refused(path) == codes.HOSTILE


def test_a_declaration_behind_much_white_space_is_refused(tmp_path):
    late = b" " * (2**20 - 10) + b"<!DOCTYPE x>"
    path = _changed(_workbook(tmp_path), _SHEET, b"<worksheet", late + b"<worksheet")
    assert _refused(path, Limits(ratio=10_000)) == codes.HOSTILE


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="XFD1048576"><v>1</v></c>',
        b"<c r='XFD1048576'><v>1</v></c>",
        b'<c r = "XFD1048576"><v>1</v></c>',
        b'<c r="&#88;FD1048576"><v>1</v></c>',
        b'<c s="0"\nr="XFD1048576"><v>1</v></c>',
    ],
)
def test_cells_at_opposite_corners_are_refused_before_they_are_laid_out(tmp_path, cell):
    row = b'<row r="1048576">' + cell + b"</row></sheetData>"
    path = _changed(_workbook(tmp_path), _SHEET, b"</sheetData>", row)
    assert _refused(path) == codes.BEYOND_LIMITS


def test_a_sheet_too_large_to_lay_out_is_refused_though_few_cells_are_in_it(tmp_path):
    far = b'<row r="1048576"><c r="ALL1048576"><v>1</v></c></row></sheetData>'
    path = _changed(_workbook(tmp_path), _SHEET, b"</sheetData>", far)
    assert _refused(path) == codes.BEYOND_LIMITS


def test_ten_thousand_columns_are_refused_in_every_format(tmp_path):
    assert _refused(_workbook(tmp_path, 10_000)) == codes.BEYOND_LIMITS
    text = tmp_path / "wide.csv"
    text.write_text(",".join(f"c{i}" for i in range(10_000)) + "\n")
    assert _refused(text) == codes.BEYOND_LIMITS
    wide = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"c{i}": [1] for i in range(10_000)}), wide)
    assert _refused(wide) == codes.BEYOND_LIMITS


def test_a_sheet_named_as_a_path_stays_a_name_and_control_characters_are_refused(tmp_path):
    path = _workbook(tmp_path, title="TITLE")
    book = "xl/workbook.xml"
    _changed(path, book, b'name="TITLE"', b'name="../../etc/passwd"')
    before = sorted(p.name for p in tmp_path.iterdir())
    reader = open_source(path)
    assert [t.name for t in reader.tables()] == ["../../etc/passwd"]
    assert sum(len(b) for b in reader.batches("../../etc/passwd", print)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    reader.close()
    _changed(path, book, b'name="../../etc/passwd"', b'name="a&#x9;b"')
    assert _refused(path) == codes.HOSTILE


def test_too_many_sheets_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for i in range(5):
        book.create_sheet(f"s{i}")
    book.save(tmp_path / "book.xlsx")
    assert _refused(tmp_path / "book.xlsx", Limits(tables=3)) == codes.BEYOND_LIMITS


def test_a_gzip_bomb_is_refused_while_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"a,b\n")
        for _ in range(40):
            file.write(b"1,2\n" * 2**18)
    assert _refused(path, Limits(ratio=200)) == codes.BEYOND_LIMITS
    assert _refused(path, Limits(ratio=10**6, unpacked_bytes=2**20)) == codes.BEYOND_LIMITS


_LONG = (
    READ_PEAK
    + """
import sys
from pathlib import Path
from qundao.intake.readers import open_source
defects = []
reader = open_source(Path(sys.argv[1]))
rows = sum(len(b) for b in reader.batches("long", defects.append))
peak = peak_kb()
print(rows, [d.place for d in defects], len(defects[0].value), peak // 1024, sep="|")
"""
)


def test_a_line_of_256_megabytes_is_skipped_within_bounded_memory(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n3,")
        file.seek(2**28)  # a hole: 256 MB of NUL that take no room
        file.write(b"\n5,6\n")
    ran = subprocess.run(
        [sys.executable, "-c", _LONG, str(path)], capture_output=True, text=True, check=True
    )
    rows, places, kept, peak = ran.stdout.strip().split("|")
    assert (rows, places, kept) == ("2", "[3]", "200")
    assert int(peak) < 700


def test_formulas_in_text_and_cells_come_back_as_they_are(tmp_path):
    text = tmp_path / "f.csv"
    text.write_text('a,b\n"=HYPERLINK(""http://x"",1)",@SUM(1)\n')
    (batch,) = open_source(text).batches("f", print)
    assert batch.to_pylist()[0]["a"] == '=HYPERLINK("http://x",1)'
    assert batch.to_pylist()[0]["b"] == "@SUM(1)"
