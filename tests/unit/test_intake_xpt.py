"""SAS transport files: read, written, held against pyreadstat, broken in every place."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pyarrow as pa
import pyreadstat
import pytest

from qundao.intake import STUDY_TABLES
from qundao.intake.readers import open_source
from qundao.intake.readers.xpt_numbers import to_ibm
from qundao.intake.xpt_write import write_xpt
from qundao.kernel.errors import QundaoError
from support.source_tables import pilot_table, read_all, same_values

MIXED = pa.table(
    {
        "ID": ["01-701", "01-702", "01-703"],
        "VALUE": [120.5, None, -0.1],
        "SEEN": [date(2014, 1, 2), None, date(1582, 10, 15)],
        "AT": pa.array(["2014-01-02 03:04:05", None, "1959-12-31"]).cast("timestamp[s]"),
        "TOD": pa.array([time(8, 30), None, time(23, 59, 59)], pa.time32("s")),
        "NOTE": ["北京  ", "", None],
    }
)


def label_of(field):
    return (field.metadata or {}).get(b"label", b"").decode()


def write(path, tables, **options):
    write_xpt(path, tables, **options)
    return open_source(path)


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("name", sorted(STUDY_TABLES))
def test_the_pilot_study_comes_back_equal(tmp_path, name, version):
    table = pilot_table(name)
    reader = write(tmp_path / "study.xpt", {name.upper(): table}, version=version)
    (told,) = reader.tables()
    read, defects = read_all(reader, name.upper())
    assert defects == []
    assert told.rows == len(table)
    assert [c.label for c in told.columns] == [label_of(f) for f in table.schema]
    same_values(read, table)


@pytest.mark.parametrize("version", [5, 8])
def test_types_follow_formats(tmp_path, version):
    reader = write(tmp_path / "mixed.xpt", {"M": MIXED}, version=version)
    read, defects = read_all(reader, "M")
    assert defects == []
    assert [str(f.type) for f in read.schema][1:6] == [
        "double", "date32[day]", "timestamp[us]", "time64[us]", "string",
    ]  # fmt: skip
    assert read["SEEN"].to_pylist() == MIXED["SEEN"].to_pylist()
    assert read["AT"].to_pylist() == MIXED["AT"].to_pylist()
    assert read["TOD"].to_pylist() == MIXED["TOD"].to_pylist()
    assert read["NOTE"].to_pylist() == ["北京", None, None]
    assert read["_place"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize("version", [5, 8])
def test_pyreadstat_reads_what_we_write(tmp_path, version):
    path = tmp_path / "vs.xpt"
    table = pilot_table("vs")
    reader = write(path, {"VS": table}, version=version)
    theirs, meta = pyreadstat.read_xport(path)
    ours, _ = read_all(reader, "VS")
    assert meta.table_name == "VS"
    assert meta.column_labels == [c.label for c in reader.tables()[0].columns]
    for name in table.column_names:
        if pa.types.is_floating(table.schema.field(name).type):
            np.testing.assert_array_equal(theirs[name], ours[name].to_pandas())
        else:
            assert theirs[name].tolist() == [v or "" for v in ours[name].to_pylist()]


@pytest.mark.parametrize("version", [5, 8])
def test_we_read_what_pyreadstat_writes(tmp_path, version):
    import pandas as pd

    frame = pd.DataFrame(
        {"A": [1.5, np.nan, 1e70], "B": ["中文", "", "x"], "D": [date(2020, 2, 29)] * 3}
    )
    path = tmp_path / "theirs.xpt"
    label = (
        "一个很长的标签" if version == 5 else "a label of more than forty characters: " + "x" * 60
    )
    pyreadstat.write_xport(
        frame, path, file_format_version=version, table_name="T", column_labels=[label, "b", "d"]
    )
    reader = open_source(path)
    read, defects = read_all(reader, "T")
    assert defects == []
    assert reader.tables()[0].columns[0].label == label
    assert read["A"].to_pylist() == [1.5, None, 1e70]
    assert read["B"].to_pylist() == ["中文", None, "x"]
    assert read["D"].to_pylist() == [date(2020, 2, 29)] * 3


def test_a_file_may_hold_several_members(tmp_path):
    tables = {"DM": MIXED, "EMPTY": MIXED.slice(0, 0), "AE": MIXED.slice(1), "X": MIXED.slice(2)}
    for version in (5, 8):
        reader = write(tmp_path / f"v{version}.xpt", tables, version=version)
        assert [(t.name, t.rows) for t in reader.tables()] == [
            ("DM", 3), ("EMPTY", 0), ("AE", 2), ("X", 1),
        ]  # fmt: skip
        for name, table in tables.items():
            assert read_all(reader, name)[0]["ID"].to_pylist() == table["ID"].to_pylist()


def test_special_missing_values_keep_their_reason(tmp_path):
    table = pa.table(
        {
            "N": pa.array([1.0, None, None, None, 0.0]),
            "N__reason": [None, ".A", "._", None, None],
            "M": pa.array([None, 2.0, 3.0, 4.0, 5.0]),
        }
    )
    reader = write(tmp_path / "missing.xpt", {"T": table})
    assert [c.reasons for c in reader.tables()[0].columns] == [True, False]
    read, _ = read_all(reader, "T")
    assert read["N"].to_pylist() == [1.0, None, None, None, 0.0]
    assert read["N__reason"].to_pylist() == [None, ".A", "._", ".", None]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_encoding_is_found_by_the_rows(tmp_path, encoding):
    table = pa.table({"NAME": ["张三", "李四𠮷", "x"], "N": [1.0, 2.0, 3.0]})
    path = tmp_path / "names.xpt"
    reader = write(path, {"T": table}, encoding=encoding)
    assert reader.tables()[0].facts["encoding"] == encoding
    assert read_all(reader, "T")[0]["NAME"].to_pylist() == ["张三", "李四𠮷", "x"]


def test_a_character_cut_in_half_is_a_defect_of_one_value(tmp_path):
    path = tmp_path / "cut.xpt"
    write_xpt(path, {"T": pa.table({"NAME": ["张三丰", "李四"]})})
    raw = path.read_bytes().replace("丰".encode(), "丰".encode()[:2] + b" ")
    path.write_bytes(raw)
    reader = open_source(path)
    read, (defect,) = read_all(reader, "T")
    assert reader.tables()[0].facts["encoding"] == "utf-8"
    assert read["NAME"].to_pylist() == [None, "李四"]
    assert (defect.place, defect.column, defect.reason) == (1, "NAME", "intake.bad_value")


def test_a_date_outside_the_calendar_is_a_defect_of_one_value(tmp_path):
    path = tmp_path / "date.xpt"
    write_xpt(path, {"T": pa.table({"D": [date(2020, 1, 1), date(2020, 1, 2)]})})
    raw = path.read_bytes()
    days, far = (to_ibm(np.array([n])).astype(">u8").tobytes() for n in (21915.0, 1e30))
    assert raw.count(days) == 1  # 2020-01-01 in SAS's days
    path.write_bytes(raw.replace(days, far))
    read, (defect,) = read_all(open_source(path), "T")
    assert read["D"].to_pylist() == [None, date(2020, 1, 2)]
    assert (defect.place, defect.column, defect.value) == (1, "D", "1e+30")


@pytest.mark.parametrize("version", [5, 8])
def test_a_record_cut_off_is_reported_and_the_rest_read(tmp_path, version):
    path = tmp_path / "cut.xpt"
    table = pa.table({"N": [float(i) for i in range(100)], "T": ["x" * 20] * 100})
    write_xpt(path, {"T": table}, version=version)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 28 * 50 - 60])
    reader = open_source(path)
    read, (defect,) = read_all(reader, "T")
    assert read["N"].to_pylist() == [float(i) for i in range(len(read))]
    assert (defect.place, defect.column, defect.reason) == (len(read) + 1, "", "intake.bad_row")
    assert reader.tables()[0].rows == len(read) + 1


def test_numbers_stored_in_fewer_bytes_are_read(tmp_path):
    path = tmp_path / "short.xpt"
    write_xpt(path, {"T": pa.table({"N": [1.0, None, -2.5]})})
    raw = bytearray(path.read_bytes())
    header = raw.index(b"NAMESTR") - 20 + 80
    raw[header + 4 : header + 6] = (3).to_bytes(2, "big")
    start = raw.index(b"OBS     HEADER") - 20 + 80
    rows = b"".join(bytes(raw[start + 8 * i : start + 8 * i + 3]) for i in range(3))
    path.write_bytes(bytes(raw[:start]) + rows.ljust(80))
    read, defects = read_all(open_source(path), "T")
    assert (read["N"].to_pylist(), defects) == ([1.0, None, -2.5], [])


def broken(path, change):
    write_xpt(path, {"T": MIXED})
    raw = bytearray(path.read_bytes())
    change(raw)
    path.write_bytes(bytes(raw))
    with pytest.raises(QundaoError) as error:
        open_source(path).tables()
    return error.value.code


def namestr(raw):
    return raw.index(b"NAMESTR") - 20 + 80


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.__setitem__(slice(0, 6), b"FOOTER"),
        lambda raw: raw.__delitem__(slice(100, None)),
        lambda raw: raw.__delitem__(slice(300, None)),
        lambda raw: raw.__delitem__(slice(namestr(raw) + 200, None)),
        lambda raw: raw.__setitem__(slice(namestr(raw), namestr(raw) + 2), b"\0\3"),
        lambda raw: raw.__setitem__(slice(namestr(raw) + 4, namestr(raw) + 6), b"\xff\xff"),
        lambda raw: raw.__setitem__(slice(namestr(raw) + 4, namestr(raw) + 6), b"\x7f\xff"),
        lambda raw: raw.__setitem__(slice(namestr(raw) + 84, namestr(raw) + 88), b"\0\0\1\0"),
        lambda raw: raw.__setitem__(slice(namestr(raw) - 32 + 6, namestr(raw) - 32 + 10), b"00x6"),
    ],
)
def test_headers_that_cannot_be_are_refused(tmp_path, change):
    assert broken(tmp_path / "broken.xpt", change) == "intake.unreadable"


def test_positions_that_sas_tells_of_its_own_data_set_are_not_those_in_the_file(tmp_path):
    """In V8, SAS's %LOC2XPT tells numbers before texts, and writes rows in the order of names."""
    path = tmp_path / "loc2xpt.xpt"
    table = pa.table({"A": ["x", "yz"], "N": [1.5, None], "B": ["药", ""], "M": [2.0, 3.0]})
    write_xpt(path, {"T": table}, version=8)
    raw = bytearray(path.read_bytes())
    first = raw.index(b"NAMSTV8") - 20 + 80
    for number, position in enumerate((16, 0, 18, 8)):
        at = first + 140 * number + 84
        raw[at : at + 4] = position.to_bytes(4, "big")
    assert raw != path.read_bytes()
    path.write_bytes(bytes(raw))
    read, defects = read_all(open_source(path), "T")
    assert defects == []
    same_values(read, table)


def test_more_columns_than_the_limit_are_refused(tmp_path):
    def many(raw):
        raw[namestr(raw) - 26 : namestr(raw) - 22] = b"9999"

    assert broken(tmp_path / "many.xpt", many) == "intake.beyond_limits"


def test_unknown_options_and_tables_are_refused(tmp_path):
    reader = write(tmp_path / "m.xpt", {"M": MIXED})
    with pytest.raises(QundaoError) as table:
        read_all(reader, "N")
    with pytest.raises(QundaoError) as option:
        open_source(tmp_path / "m.xpt", options={"delimiter": ";"})
    assert (table.value.code, option.value.code) == (
        "intake.no_such_table",
        "intake.unknown_option",
    )


def test_the_writer_refuses_all_that_the_version_cannot_hold(tmp_path):
    table = pa.table({"LONGERTHAN8": [1e300], "TEXT": ["x" * 201], "BAD": [float("nan")]})
    with pytest.raises(QundaoError) as error:
        write_xpt(tmp_path / "no.xpt", {"T": table})
    assert [p.where for p in error.value.problems] == [
        "T.LONGERTHAN8", "T.LONGERTHAN8", "T.TEXT", "T.BAD",
    ]  # fmt: skip
    assert not (tmp_path / "no.xpt").exists()


def test_batches_keep_to_the_rows_asked_for(tmp_path):
    table = pa.table({"N": [float(i) for i in range(25)]})
    reader = write(tmp_path / "n.xpt", {"T": table})
    batches = list(reader.batches("T", print, rows=10))
    assert [b.num_rows for b in batches] == [10, 10, 5]
    assert [p for b in batches for p in b["_place"].to_pylist()] == list(range(1, 26))
