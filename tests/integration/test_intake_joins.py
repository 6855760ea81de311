"""Rows of two sources put together by a key, and what becomes of rows that find none or several."""

from __future__ import annotations

import duckdb
import pytest

from qundao.intake.load import add, load, versions
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError

MAPPING = """\
mapping: joined
version: 1
target: omop 5.4
sources:
  labs: {files: labs.csv}
  visits: {files: "visits*.csv"}
codes:
  ward: {内科: 1, 外科: 2, otherwise: 0}
tables:
  person:
    from: visits
    one_per: person_id
    fields: {person_id: person(病案号), gender_concept_id: 0, year_of_birth: 1970,
             race_concept_id: 0, ethnicity_concept_id: 0}
  measurement:
    from: labs
    join:
      - {from: visits, on: {就诊号: 流水号}, take: {who: 病案号, ward: 科室, day: 日期}}
    where: who is not empty
    fields:
      measurement_id: id('lab', 单号)
      person_id: person(who)
      measurement_concept_id: code(ward, ward)
      measurement_date: first(采样, day)
      measurement_type_concept_id: 32856
      value_as_number: measured(结果)
      measurement_source_value: 单号
"""
LABS = "单号,流水号,采样,结果\nL1, V1 ,,1\nL2,V2,2023-05-06,2\nL3,V9,2023-05-06,3\nL4,V3,,4\n"
VISITS = (
    "就诊号,病案号,科室,日期\nV1,A1,内科,2023-01-02\nV2,A2,外科,2023-01-03\nV3,A1,内科,2023/1/4\n"
)


@pytest.fixture
def places(tmp_path):
    (tmp_path / "labs.csv").write_text(LABS, "utf-8")
    (tmp_path / "visits.csv").write_text(VISITS, "utf-8")
    return tmp_path, tmp_path / "node"


def loaded(places, mapping=MAPPING):
    account = load(read_mapping(mapping, "m.yaml"), *places)
    version = next(v for v in versions(places[1] / "loaded") if v.current)
    found = duckdb.sql(
        "SELECT measurement_source_value, measurement_concept_id, measurement_date::TEXT, "
        f"person_id FROM '{version.tables}/measurement.parquet' ORDER BY 1"
    ).fetchall()
    return {t.target: t for t in account.tables}["measurement"], found


def test_a_row_takes_columns_of_the_row_that_goes_with_it(places):
    told, rows = loaded(places)
    assert [r[:3] for r in rows] == [
        ("L1", 1, "2023-01-02"),
        ("L2", 2, "2023-05-06"),
        ("L4", 1, "2023-01-04"),
    ]
    assert rows[0][3] == rows[2][3] != rows[1][3]
    assert (told.candidates, told.loaded, told.left_out) == (4, 3, 1)


def test_a_date_of_the_row_that_goes_with_it_may_decide_alone(places):
    """Codes of the row's own are counted where that date says so: it is all that is joined for."""
    later = MAPPING.replace("who is not empty", "day(day) > day('2023-01-03')")
    told, rows = loaded(places, later.replace("code(ward, ward)", "code(ward, 单号)"))
    assert [r[:3] for r in rows] == [("L4", 0, "2023-01-04")]
    assert (told.candidates, told.loaded, told.left_out) == (4, 1, 3)


def test_a_row_for_which_several_fit_is_rejected_and_told(places):
    again = "就诊号,病案号,科室,日期\nV1,A1,外科,2023-01-02\n"
    (places[0] / "visits2.csv").write_text(again, "utf-8")
    told, rows = loaded(places)
    assert [r[0] for r in rows] == ["L2", "L4"]
    assert told.reasons == {"several_match:visits": 1}


def test_the_first_of_several_is_taken_where_the_mapping_says_so(places):
    (places[0] / "visits2.csv").write_text(VISITS.replace("内科", "外科"), "utf-8")
    first = MAPPING.replace("day: 日期}}", "day: 日期}, several: first}")
    told, rows = loaded(places, first)
    assert [r[1] for r in rows] == [1, 2, 1]
    assert told.rejected == 0


def test_nothing_is_joined_to_an_empty_key(places):
    (places[0] / "labs.csv").write_text("单号,流水号,采样,结果\nL1,,2023-01-02,1\n", "utf-8")
    (places[0] / "visits2.csv").write_text(
        "就诊号,病案号,科室,日期\n,A9,内科,2023-01-02\n", "utf-8"
    )
    told, rows = loaded(places)
    assert (told.left_out, rows) == (1, [])


def test_a_source_that_is_joined_may_be_joined_itself(places):
    text = "病案号,姓\nA1,张\nA2,李\n"
    (places[0] / "names.csv").write_text(text, "utf-8")
    chained = MAPPING.replace("sources:\n", "sources:\n  names: {files: names.csv}\n").replace(
        "take: {who: 病案号, ward: 科室, day: 日期}}",
        "take: {who: 病案号, ward: 科室, day: 日期}}\n"
        "      - {from: names, on: {病案号: who}, take: {name: 姓}}",
    )
    chained = chained.replace("where: who is not empty", "where: name = '张'")
    _, rows = loaded(places, chained)
    assert [r[0] for r in rows] == ["L1", "L4"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{from: visits, on: {就诊号: 流水号}", "{from: labs, on: {就诊号: 流水号}", "visits"),
        ("{from: visits, on: {就诊号: 流水号}", "{from: visits, on: {}", "on: {column: value}"),
        ("day: 日期}}", "day: 日期}, several: last}", "several: reject | first"),
        ("on: {就诊号: 流水号}", "on: {就诊编号: 流水号}", "就诊号"),
    ],
)
def test_what_cannot_be_joined_is_told(places, old, new, told):
    assert old in MAPPING
    with pytest.raises(QundaoError) as caught:
        loaded(places, MAPPING.replace(old, new))
    assert told in str([p.to_json() for p in caught.value.problems])
    assert versions(places[1] / "loaded") == []


def test_sources_that_join_each_other_are_told(places):
    circle = MAPPING.replace(
        "    from: visits\n",
        "    from: visits\n    join:\n"
        "      - {from: labs, on: {流水号: 就诊号}, take: {result: 结果}}\n",
        1,
    )
    with pytest.raises(QundaoError) as caught:
        loaded(places, circle)
    assert caught.value.code == "intake.bad_mapping"
    assert len(caught.value.problems) == 2


def test_new_rows_find_what_they_join_among_older_deliveries(places):
    load(read_mapping(MAPPING, "m.yaml"), *places)
    (places[0] / "labs.csv").write_text("单号,流水号,采样,结果\nL9,V2,,9\n", "utf-8")
    account = add(read_mapping(MAPPING, "m.yaml"), *places)
    assert [(s.source, s.file) for s in account.sources] == [("labs", "labs.csv")]
    told = {t.target: t for t in account.tables}
    assert (told["measurement"].loaded, told["measurement"].left_out) == (1, 0)
    assert (told["person"].candidates, account.rows["person"]) == (0, 2)
    version = next(v for v in versions(places[1] / "loaded") if v.current)
    found = duckdb.sql(
        "SELECT measurement_source_value, measurement_date::TEXT "
        f"FROM '{version.tables}/measurement.parquet' WHERE measurement_source_value = 'L9'"
    ).fetchall()
    assert found == [("L9", "2023-01-03")]
    assert add(read_mapping(MAPPING, "m.yaml"), *places) is None


def test_a_joined_delivery_that_is_gone_is_asked_for(places):
    load(read_mapping(MAPPING, "m.yaml"), *places)
    (places[0] / "labs.csv").write_text("单号,流水号,采样,结果\nL9,V2,,9\n", "utf-8")
    (places[0] / "visits.csv").write_text(
        "就诊号,病案号,科室,日期\nV7,A1,内科,2023-05-02\n", "utf-8"
    )
    with pytest.raises(QundaoError) as caught:
        add(read_mapping(MAPPING, "m.yaml"), *places)
    assert caught.value.code == "intake.joined_missing"
    assert len(versions(places[1] / "loaded")) == 1
