"""Dataset-JSON 1.1: read in both layouts, in any order of keys, broken in every place."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from qundao.intake import STUDY_TABLES
from qundao.intake.dataset_json_write import write_dataset_json
from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.kernel.errors import QundaoError
from support.source_tables import pilot_table, read_all, same_values

COLUMNS = [
    {"itemOID": "IT.1", "name": "ID", "label": "编号", "dataType": "string", "keySequence": 1},
    {"itemOID": "IT.2", "name": "AGE", "label": "Age", "dataType": "integer"},
    {"itemOID": "IT.3", "name": "DOSE", "label": "", "dataType": "decimal",
     "targetDataType": "decimal"},
    {"itemOID": "IT.4", "name": "TEMP", "label": "", "dataType": "double"},
    {"itemOID": "IT.5", "name": "OK", "label": "", "dataType": "boolean"},
    {"itemOID": "IT.6", "name": "DAY", "label": "", "dataType": "date",
     "targetDataType": "integer"},
    {"itemOID": "IT.7", "name": "AT", "label": "", "dataType": "datetime",
     "targetDataType": "integer"},
    {"itemOID": "IT.8", "name": "TOD", "label": "", "dataType": "time",
     "targetDataType": "integer"},
    {"itemOID": "IT.9", "name": "DTC", "label": "", "dataType": "date"},
    {"itemOID": "IT.10", "name": "LINK", "label": "", "dataType": "URI"},
]  # fmt: skip
GOOD = ["a", 1, "0.10", 36.6, True, "2020-02-29", "2020-02-29T10:11:12", "10:11", "2020-02", "u"]
MISSING = ["b", None, None, None, None, None, None, None, "", None]
BAD = [1, 1.5, "x", "y", 1, "2020-02-30", "2020-02-29T10:00:00Z", "25:00", 7, "v"]


def document(rows, **other):
    """Return a data set (synthetic)."""
    return {
        "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.T", "records": len(rows), "name": "T",
        "label": "示例", "columns": COLUMNS, "rows": rows, **other,
    }  # fmt: skip


def opened(tmp_path, text, name="t.dataset.json", **options):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return open_source(path, **options)


def by_line(doc):
    head = {k: v for k, v in doc.items() if k != "rows"}
    return "\n".join(json.dumps(part, ensure_ascii=False) for part in [head, *doc["rows"]]) + "\n"


@pytest.mark.parametrize("ndjson", [False, True])
@pytest.mark.parametrize("name", sorted(STUDY_TABLES))
def test_the_pilot_study_comes_back_equal(tmp_path, name, ndjson):
    table = pilot_table(name)
    path = tmp_path / f"{name}.dataset.{'ndjson' if ndjson else 'json'}"
    assert write_dataset_json(path, name.upper(), table, ndjson=ndjson) == len(table)
    reader = open_source(path)
    read, defects = read_all(reader, name.upper())
    assert defects == []
    assert reader.tables()[0].rows == len(table)
    same_values(read, table)


@pytest.mark.parametrize("layout", [json.dumps, by_line])
def test_types_follow_the_metadata(tmp_path, layout):
    reader = opened(tmp_path, layout(document([GOOD, MISSING])))
    (table,) = reader.tables()
    assert (table.label, table.rows) == ("示例", 2)
    assert table.facts["itemGroupOID"] == "IG.T"
    assert table.facts["keys"] == ["ID"]
    assert (table.columns[0].label, table.columns[0].facts["itemOID"]) == ("编号", "IT.1")
    read, defects = read_all(reader, "T")
    assert defects == []
    first, second = (list(row.values())[:-1] for row in read.to_pylist())
    assert first == [
        "a", 1, Decimal("0.1"), 36.6, True, date(2020, 2, 29),
        datetime.fromisoformat("2020-02-29T10:11:12"), time(10, 11), "2020-02", "u",
    ]  # fmt: skip
    assert second == ["b", *[None] * 9]
    place = [2, 3] if layout is by_line else [1, 2]
    assert read["_place"].to_pylist() == place


def test_rows_may_come_before_the_metadata(tmp_path):
    doc = document([GOOD] * 3)
    turned = {key: doc[key] for key in reversed(doc)}
    assert next(iter(turned)) == "rows"
    read, defects = read_all(opened(tmp_path, json.dumps(turned, indent=1)), "T")
    assert (len(read), defects) == (3, [])


def test_each_bad_value_is_a_defect_and_the_rest_is_kept(tmp_path):
    read, defects = read_all(opened(tmp_path, json.dumps(document([GOOD, BAD]))), "T")
    assert len(read) == 2
    assert list(read.to_pylist()[1].values()) == [*[None] * 9, "v", 2]
    assert [(d.place, d.column) for d in defects] == [(2, c["name"]) for c in COLUMNS[:9]]
    assert {d.reason for d in defects} == {"intake.bad_value"}
    assert defects[5].value == "2020-02-30"


def test_numbers_beyond_the_type_are_defects(tmp_path):
    rows = [["a", n, d, *[None] * 7] for n, d in ((2**63, "1e20"), (2**63 - 1, "-0.1"), (1.0, 2))]
    read, defects = read_all(opened(tmp_path, json.dumps(document(rows))), "T")
    assert read["AGE"].to_pylist() == [None, 2**63 - 1, 1]
    assert read["DOSE"].to_pylist() == [None, Decimal("-0.1"), Decimal(2)]
    assert [(d.place, d.column) for d in defects] == [(1, "AGE"), (1, "DOSE")]


def test_a_row_of_another_length_is_left_out(tmp_path):
    rows = [GOOD, GOOD[:-1], "row", GOOD]
    read, defects = read_all(opened(tmp_path, json.dumps(document(rows))), "T")
    assert read["_place"].to_pylist() == [1, 4]
    assert [(d.place, d.column, d.reason) for d in defects] == [
        (2, "", "intake.bad_row"), (3, "", "intake.bad_row"),
    ]  # fmt: skip


def test_a_broken_line_is_left_out(tmp_path):
    text = by_line(document([GOOD, GOOD, GOOD])).splitlines()
    text[2] = text[2][:-5]
    read, (defect,) = read_all(opened(tmp_path, "\n".join(text), "t.dataset.ndjson"), "T")
    assert read["_place"].to_pylist() == [2, 4]
    assert (defect.place, defect.reason) == (3, "intake.bad_row")
    assert defect.value == text[2][:200]


@pytest.mark.parametrize("layout", [json.dumps, by_line])
def test_another_number_of_rows_than_declared_is_refused_at_the_end(tmp_path, layout):
    reader = opened(tmp_path, layout(document([GOOD] * 3, records=4)))
    with pytest.raises(QundaoError) as error:
        read_all(reader, "T")
    assert error.value.code == "intake.unreadable"
    assert "3 rows, records: 4" in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[: len(t) // 2],
        lambda t: t[:-1],
        lambda t: t + "{}",
        lambda t: t.replace('"columns"', '"colums"'),
        lambda t: t.replace("double", "doubel"),
        lambda t: t.replace("36.6", "NaN"),
        lambda t: t.replace("], [", "] ["),
        lambda t: "[]",
        lambda t: "",
    ],
)
def test_a_broken_document_is_refused(tmp_path, change):
    text = change(json.dumps(document([GOOD, GOOD])))
    with pytest.raises(QundaoError) as error:
        read_all(opened(tmp_path, text), "T")
    assert error.value.code == "intake.unreadable"


def test_limits_are_kept(tmp_path):
    deep = json.dumps(document([GOOD])).replace('"u"]', "[" * 200 + "]" * 200 + "]")
    deeper = deep.replace("[" * 200 + "]" * 200, "[" * 90_000 + "]" * 90_000)
    long = json.dumps(document([["x" * 3_000_000, *GOOD[1:]]]))
    few = Limits(columns=9, field_bytes=1_000_000)
    for text, limits in ((deep, Limits()), (deeper, Limits()), (long, Limits(field_bytes=9_999))):
        with pytest.raises(QundaoError) as error:
            read_all(opened(tmp_path, text, limits=limits), "T")
        assert error.value.code == "intake.beyond_limits"
    with pytest.raises(QundaoError) as error:
        opened(tmp_path, json.dumps(document([GOOD])), limits=few)
    assert error.value.code == "intake.beyond_limits"


def test_values_that_fall_between_two_reads_are_whole(tmp_path, monkeypatch):
    from qundao.intake.readers import json_stream

    monkeypatch.setattr(json_stream, "_CHUNK", 7)
    rows = [[f"行{i}", i * 1_000_003, f"{i}.5", i / 7, *GOOD[4:]] for i in range(50)]
    read, defects = read_all(opened(tmp_path, json.dumps(document(rows))), "T")
    assert defects == []
    assert read["AGE"].to_pylist() == [r[1] for r in rows]
    assert read["TEMP"].to_pylist() == [r[3] for r in rows]


def test_the_writer_refuses_what_the_standard_does_not_have(tmp_path):
    with pytest.raises(QundaoError) as error:
        write_dataset_json(tmp_path / "x.json", "T", pa.table({"L": [[1]]}))
    assert error.value.code == "intake.bad_value"
