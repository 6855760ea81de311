"""Delimited text: encodings, line ends, delimiters, headers, and dirt that costs one row."""

from __future__ import annotations

import gzip
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.intake.source import PLACE, Defect, Judging, Picking
from qundao.kernel.errors import QundaoError
from support.peak_memory import READ_PEAK

_ROWS = [["姓名", "药品", "剂量"], ["张三", "阿司匹林", "１００ｍｇ"], ["李四", "", " 5 "]]


def _write(folder: Path, content: bytes | str, name: str = "表.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _read(
    path: Path, *, limits: Limits | None = None, **options: str
) -> tuple[list[str], list[list[str]], list[int], list[Defect]]:
    """Return column names, rows, their places, defects; every batch must fit the schema."""
    reader = open_source(path, options=options, limits=limits or Limits())
    (table,) = reader.tables()
    defects: list[Defect] = []
    batches = list(reader.batches(table.name, defects.append))
    assert all(b.schema == table.schema() for b in batches)
    whole = pa.Table.from_batches(batches, table.schema())
    names = [c.name for c in table.columns]
    rows = [[row[n] for n in names] for row in whole.to_pylist()]
    return names, rows, whole[PLACE].to_pylist(), defects


def _error(path: Path, *, limits: Limits | None = None, **options: str) -> QundaoError:
    with pytest.raises(QundaoError) as caught:
        _read(path, limits=limits, **options)
    return caught.value


@pytest.mark.parametrize(
    ("codec", "encoding", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16-le", True),
        ("gb18030", "gb18030", False),
        ("gbk", "gb18030", False),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "|!|"])
def test_how_the_file_is_written_is_found_out(tmp_path, codec, encoding, bom, end, delimiter):
    text = "".join(delimiter.join(row) + end for row in _ROWS)
    path = _write(tmp_path, text.encode(codec))
    names, rows, places, defects = _read(path)
    assert (names, rows, places, defects) == (_ROWS[0], _ROWS[1:], [2, 3], [])
    facts = open_source(path).tables()[0].facts
    assert facts == {"encoding": encoding, "bom": bom, "delimiter": delimiter, "header": True}


def test_big_endian_utf16_is_read(tmp_path):
    path = _write(tmp_path, b"\xfe\xff" + "甲,乙\n一,二\n".encode("utf-16-be"))
    assert _read(path)[:2] == (["甲", "乙"], [["一", "二"]])


def test_nothing_is_trimmed_or_converted(tmp_path):
    path = _write(tmp_path, 'a,b,c\n 1 ,007,"1,234.50"\n=1+1,NULL,\n')
    assert _read(path)[1] == [[" 1 ", "007", "1,234.50"], ["=1+1", "NULL", ""]]


def test_places_are_physical_lines_through_blank_lines_and_quoted_ones(tmp_path):
    path = _write(tmp_path, 'a,b\r\n\r\n1,"x\r\ny\nz"\r2,b\n\n\n"3","q""q"\n')
    _, rows, places, defects = _read(path)
    assert rows == [["1", "x\r\ny\nz"], ["2", "b"], ["3", 'q"q']]
    assert places == [3, 6, 9]
    assert defects == []


@pytest.mark.parametrize(
    "bad",
    [
        b"2,too,many",
        b"few",
        b"\xff,b",
        b"nul\0,b",
        b'2,"unclosed',
        b'2,"closed"then more',
        b"2," + b"x" * 2000,
    ],
)
@pytest.mark.parametrize("at", [0, 40, 79])
def test_one_bad_line_is_rejected_and_no_more(tmp_path, bad, at):
    lines = [b'%d,"\xe8\x8d\xaf"' % i for i in range(80)]
    lines[at] = bad
    path = _write(tmp_path, b"\n".join([b"number,drug", *lines, b""]))
    _, rows, places, defects = _read(path, limits=Limits(field_bytes=1000))
    assert [(d.place, d.reason, d.column) for d in defects] == [(at + 2, codes.BAD_ROW, "")]
    assert defects[0].value == bad.decode("utf-8", "replace")[:200]
    assert rows == [[str(i), "药"] for i in range(80) if i != at]
    assert places == [i + 2 for i in range(80) if i != at]


def test_a_mark_opened_and_closed_far_below_swallows_no_rows(tmp_path):
    lines = [f"{i},drug,ward" for i in range(100)]
    lines[10], lines[90] = '10,"drug,ward', '90,drug",ward'
    _, rows, places, defects = _read(_write(tmp_path, "a,b,c\n" + "\n".join(lines)))
    assert [d.place for d in defects] == [12]
    assert places == [i + 2 for i in range(100) if i != 10]
    assert rows[89] == ["90", 'drug"', "ward"]


def test_a_long_note_of_many_lines_is_one_value(tmp_path):
    note = "\n".join(f"day {i}: fever, then none" for i in range(50))
    _, rows, places, defects = _read(_write(tmp_path, f'id,note,ward\n1,"{note}",A\n2,,B\n'))
    assert rows == [["1", note, "A"], ["2", "", "B"]]
    assert places == [2, 52]
    assert defects == []


def test_an_over_long_line_is_skipped_whole(tmp_path):
    long = "x" * 50_000
    path = _write(tmp_path, f"a,b\n1,2\n3,{long}\n\n5,6\n7,{long}")
    _, rows, places, defects = _read(path, limits=Limits(field_bytes=1000))
    assert (rows, places) == ([["1", "2"], ["5", "6"]], [2, 5])
    assert [d.place for d in defects] == [3, 6]
    assert all(len(d.value) == 200 for d in defects)


def test_half_a_character_at_the_end_of_utf16_costs_the_last_row(tmp_path):
    path = _write(tmp_path, "a,b\n1,2\n3,4".encode("utf-16") + b"\x00")
    _, rows, _, defects = _read(path)
    assert rows == [["1", "2"]]
    assert [d.place for d in defects] == [3]


def test_ascii_first_and_gb18030_far_below_is_found_out(tmp_path):
    text = "a,b\n" + "1,2\n" * 17_000_000 + "药品,片剂\n"
    path = _write(tmp_path, text.encode("gb18030"))
    reader = open_source(path)
    last = list(reader.batches("表", lambda d: pytest.fail(str(d))))[-1]
    assert last.slice(len(last) - 1).to_pylist() == [{"a": "药品", "b": "片剂", PLACE: 17_000_002}]


def test_a_line_of_another_encoding_is_rejected_alone(tmp_path):
    lines = ["名,药".encode(), *["张三,阿司匹林".encode()] * 9, "李四,头孢".encode("gbk")]
    _, rows, _, defects = _read(_write(tmp_path, b"\n".join(lines)))
    assert len(rows) == 9
    assert [d.place for d in defects] == [11]


def test_the_header_is_judged_unless_told(tmp_path):
    numbers = _write(tmp_path, "1,2\n3,4\n")
    assert _read(numbers)[:2] == (["column_1", "column_2"], [["1", "2"], ["3", "4"]])
    assert _read(numbers, header="yes")[:2] == (["1", "2"], [["3", "4"]])
    words = _write(tmp_path, "a,b\nc,d\n", "w.csv")
    assert _read(words, header="no")[1:3] == ([["a", "b"], ["c", "d"]], [1, 2])


def test_names_are_unique_and_never_those_of_the_port(tmp_path):
    path = _write(tmp_path, "a,a, ,_place,x__reason,a_2\n1,2,3,4,5,6\n")
    assert _read(path)[0] == ["a", "a_2", "column_3", "_place_", "x__reason_", "a_2_2"]


def test_a_delimiter_that_ends_every_row_or_the_header_alone_is_allowed_for(tmp_path):
    rows_longer = _write(tmp_path, "a,b\n1,2,\n3,4,\n")
    assert _read(rows_longer)[:2] == (["a", "b", "column_3"], [["1", "2", ""], ["3", "4", ""]])
    header_longer = _write(tmp_path, "a,b,\n1,2\n3,4\n", "h.csv")
    assert _read(header_longer)[:2] == (["a", "b"], [["1", "2"], ["3", "4"]])


def test_a_totals_line_is_data(tmp_path):
    path = _write(tmp_path, "科室,金额\n内科,10\n合计,10\n")
    assert _read(path)[1][-1] == ["合计", "10"]


def test_quote_none_keeps_marks_and_single_takes_apostrophes(tmp_path):
    path = _write(tmp_path, "a,b\n\"x,'y,z'\n")
    assert _read(path, quote="single")[1] == [['"x', "y,z"]]
    path = _write(tmp_path, 'a,b\n"x,y"\n')
    assert _read(path, quote="none", delimiter=",")[1] == [['"x', 'y"']]


def test_gzip_is_unpacked_and_a_torn_one_refused(tmp_path):
    packed = gzip.compress("甲,乙\n1,2\n".encode())
    path = _write(tmp_path, packed, "出院.csv.gz")
    assert open_source(path).tables()[0].name == "出院"
    assert _read(path)[1] == [["1", "2"]]
    torn = _write(tmp_path, packed[:-9], "t.csv.gz")
    assert _error(torn).code == codes.UNREADABLE


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": "ab"},
        {"delimiter": '"'},
        {"encoding": "ebcdic"},
        {"header": "maybe"},
        {"quote": "`"},
        {"sheet": "1"},
    ],
)
def test_wrong_options_are_refused_with_what_is_allowed(tmp_path, options):
    path = _write(tmp_path, "a,b\n")
    error = _error(path, **options)
    assert error.code == codes.UNKNOWN_OPTION
    assert dict(error.problems[0].facts)["allowed"]


def test_what_holds_no_record_or_no_such_table_is_refused(tmp_path):
    assert _error(_write(tmp_path, "\n\n")).code == codes.UNREADABLE
    reader = open_source(_write(tmp_path, "a,b\n", "x.csv"))
    with pytest.raises(QundaoError) as caught:
        list(reader.batches("y", print))
    assert caught.value.code == codes.NO_SUCH_TABLE
    reader.close()
    reader.close()


def test_batches_are_no_larger_than_asked(tmp_path):
    path = _write(tmp_path, "a,b\n" + "1,2\n" * 1000)
    batches = list(open_source(path).batches("表", print, rows=64))
    assert sum(map(len, batches)) == 1000
    assert max(map(len, batches)) == 64


_MEASURED = (
    READ_PEAK
    + """
import sys
from pathlib import Path
from qundao.intake.readers import open_source
reader = open_source(Path(sys.argv[1]))
print(sum(len(b) for b in reader.batches("big", lambda d: None)))
print(peak_kb())
"""
)


@pytest.mark.parametrize("dirty", [False, True])
def test_memory_does_not_grow_with_the_file(tmp_path, dirty):
    """Ten times the rows take hardly more memory, with and without rows that need care."""
    line = '12345,"阿司匹林",2023-01-01,"内科"\n' * 5000 + ('1,"x\n' if dirty else "")
    peaks = []
    for times in (20, 200):
        path = tmp_path / "big.csv"
        with path.open("w") as file:
            file.write("a,b,c,d\n")
            file.writelines(line for _ in range(times))
        ran = subprocess.run(
            [sys.executable, "-c", _MEASURED, str(path)], capture_output=True, text=True, check=True
        )
        rows, peak = map(int, ran.stdout.split())
        assert rows == 5000 * times
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 64 * 1024


def test_a_field_too_many_with_something_in_it_is_no_column_but_a_defect(tmp_path):
    path = tmp_path / "surplus.csv"
    path.write_text("a,b\n1,2,3\n4,5,6\n", "utf-8")
    found = []
    with closing(open_source(path)) as reader:
        (table,) = reader.tables()
        rows = [r for batch in reader.batches(table.name, found.append) for r in batch.to_pylist()]
    assert [c.name for c in table.columns] == ["a", "b"]
    assert rows == []
    assert [(d.place, d.reason) for d in found] == [(2, "intake.bad_row"), (3, "intake.bad_row")]


def test_a_reader_again_reads_alike_all_columns_whatever_was_picked(tmp_path, monkeypatch):
    """What was found out of the file is not found out anew."""
    path = _write(tmp_path, "姓名;药品;剂量\n张三;阿司匹林;５\n李四;布洛芬;1,5\n".encode("gb18030"))
    first = open_source(path)
    assert isinstance(first, Judging)
    whole = pa.Table.from_batches(first.batches("表", list[Defect]().append))
    assert isinstance(first, Picking)
    first.pick(["药品"])
    monkeypatch.setattr("qundao.intake.readers.delimited.dialect", None)
    monkeypatch.setattr("qundao.intake.readers.delimited.detected", None)
    again = pa.Table.from_batches(first.again().batches("表", list[Defect]().append))
    assert again.equals(whole)
    assert again["剂量"].to_pylist() == ["５", "1,5"]
