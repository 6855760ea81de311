"""The profile of any source: what columns hold, keys, joins; no identifier's value ever in it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.intake import codes
from qundao.intake.profile import files_of, profile_paths, profile_readers
from qundao.intake.profile_text import profile_lines
from qundao.intake.shapes import shapes_of, shown
from qundao.intake.sketch import (
    Distinct,
    Frequent,
    K,
    Quantiles,
    Sample,
    containment,
    hash_texts,
)
from qundao.intake.source import PLACE, Defect, SourceColumn, SourceTable
from qundao.intake.synthetic import FRONT_PAGE, LABS, PRESCRIPTIONS, VISITS, write_exports
from qundao.intake.synthetic.people import identity_number
from qundao.kernel.errors import QundaoError


class Held:
    """A Reader over tables in memory; `defective` places are reported, not handed over."""

    def __init__(self, tables, defective=(), reasons=(), labels=None):
        self._tables, self._defective, self._reasons = tables, defective, reasons
        self._labels = labels or {}

    def tables(self):
        return [
            SourceTable(
                name,
                tuple(
                    SourceColumn(c, rows[c].type, self._labels.get(c, ""), c in self._reasons)
                    for c in rows.column_names
                    if not c.endswith("__reason")
                ),
            )
            for name, rows in self._tables.items()
        ]

    def batches(self, table, report, rows=65_536):
        held = self._tables[table]
        places = pa.array(range(1, held.num_rows + 1), pa.int64())
        for place in self._defective:
            report(Defect(table, place, codes.BAD_ROW))
        yield from held.append_column(PLACE, places).to_batches(rows)

    def close(self):
        pass


def profile_of(columns, **how):
    table = pa.table({k: v if isinstance(v, pa.Array) else pa.array(v) for k, v in columns.items()})
    return profile_readers({"held": Held({"t": table}, **how)}).tables[0]


def column_of(values, name="c", **how):
    return profile_of({name: values}, **how).columns[0]


def test_rows_nulls_blanks_and_fill():
    c = column_of(["a", None, "", "  ", "　", "b"])
    assert (c.rows, c.null, c.blank, c.told) == (6, 1, 3, 2)
    assert c.fill == pytest.approx(2 / 6)
    assert (c.distinct, c.distinct_exact, c.once) == (2, True, 1.0)


def test_an_empty_table_and_an_empty_column():
    c = column_of(pa.array([], pa.string()))
    assert (c.rows, c.type, c.fill, c.range) == (0, "empty", 0.0, None)
    assert column_of(pa.array([None, None], pa.string())).type == "empty"


@pytest.mark.parametrize(
    ("values", "type_", "low", "high"),
    [
        (["1", "20", "1,300"], "integer", "1", "1300"),
        (["1.5", "-2", "+6", ".5", "６６.５"], "number", "-2", "66.5"),
        (["E30", "e5", "1", "2"], "text", None, None),
        (["2023-03-05", "2023/12/1", "2023年1月5日"], "date", "2023-01-05", "2023-12-01"),
        (["2023-03-05 08:00:00", "20230304080000"], "datetime", "2023-03-04", "2023-03-05"),
    ],
)
def test_types_and_ranges_of_text(values, type_, low, high):
    c = column_of(values)
    assert (c.type, c.fitting) == (type_, len(values))
    assert (c.range.low, c.range.high) == (low, high) if low else c.range is None


@pytest.mark.parametrize(
    ("values", "type_", "low"),
    [
        (pa.array([3, 4], pa.int32()), "integer", "3"),
        (pa.array([1.5, 2.25]), "number", "1.5"),
        (pa.array([date(2020, 2, 29), None]), "date", "2020-02-29"),
        (pa.array([datetime(2020, 2, 29, 8, tzinfo=UTC)]), "datetime", "2020-02-29"),
        (pa.array([True, False]), "text", None),
        (pa.array([{"a": 1}, None]), "text", None),
        (pa.array(["x", "x"]).dictionary_encode(), "text", None),
    ],
)
def test_typed_sources_are_profiled_as_well(values, type_, low):
    c = column_of(values)
    assert c.type == type_
    assert (c.range.low if c.range else None) == low
    assert c.stored == str(values.type)


@pytest.mark.parametrize("value", ["1e999", "9" * 400, "nan", "-inf"])
def test_numbers_beyond_reckoning_are_text(value):
    c = column_of([value])
    assert (c.type, c.range) == ("text", None)
    assert json.dumps(c.to_json(), allow_nan=False)


ODD = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=30),
    st.sampled_from(
        [
            "",
            " ",
            "1e999",
            "２０２３年２月３０日",
            "1,2,3",
            "-",
            "44990",
            "男",
            "<0.01",
            "E30",
            "+5",
            "5.",
            ",",
            "-.e",
        ]
    ),
    st.floats().map(str),
    st.dates().map(str),
)


@given(st.lists(ODD, max_size=60))
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_column_its_counts_add_up(values):
    c = column_of(pa.array(values, pa.string()), "结果")
    plain = [(v or "").strip() for v in values]
    assert c.null == values.count(None)
    assert c.told == sum(map(bool, plain))
    assert c.distinct == len({v for v in plain if v})
    assert 0 <= c.fitting <= c.told
    assert sum(n for _, n in c.shapes) <= c.told
    assert json.dumps(c.to_json(), allow_nan=False)


def test_days_that_do_not_exist_are_counted():
    c = column_of(["2023-02-30", "2024-02-29", "2023-02-29", *["2023-03-01"] * 17], "检查日期")
    assert (c.type, c.fitting, c.impossible_dates) == ("date", 18, 2)


def test_quantiles_and_mean_of_numbers():
    c = column_of([str(n) for n in range(1001)], "金额")
    assert c.range.mean == 500
    assert c.range.quantiles == (50, 250, 500, 750, 950)


def test_shapes_and_frequent_values():
    c = column_of(["A1"] * 12 + ["B2"] * 11 + ["片"] * 3)
    assert c.shapes == (("A9", 23), ("文", 3))
    assert c.values == (("A1", 12), ("B2", 11))
    assert c.lengths == (1, 2)


def test_reasons_and_defects_are_told():
    columns = {"x": ["1", None, None], "x__reason": [None, ".A", ".A"]}
    t = profile_of(columns, reasons=("x",), defective=(2, 3))
    assert [c.name for c in t.columns] == ["x"]
    assert t.columns[0].reasons == ((".A", 2),)
    assert t.defects == {codes.BAD_ROW: 2}


def test_a_label_speaks_where_the_name_does_not():
    numbers = pa.array([5.5, 6.5])
    assert column_of(numbers, "F9", labels={"F9": "年龄"}).meaning.sort != "number"
    assert column_of(numbers, "F9").meaning.sort == "number"


def test_rows_that_repeat_are_counted():
    t = profile_of({"a": ["1", "1", "2", "1"], "b": ["x", "x", "x", "y"]})
    assert t.duplicate_rows == 1


def test_a_key_of_one_column_and_one_of_two():
    rows = [(f"P{n:03d}", n % 3 + 1) for n in range(90)]
    single = profile_of({"病案号": [p for p, _ in rows], "性别": ["男"] * 90})
    assert [k.columns for k in single.keys] == [("病案号",)]
    double = profile_of(
        {
            "处方号": [f"CF{n // 3:03d}" for n in range(90)],
            "明细序号": [str(n % 3) for n in range(90)],
        }
    )
    assert [(k.columns, k.once) for k in double.keys] == [(("处方号", "明细序号"), 1.0)]


def test_joins_tell_the_share_that_matches_each_way():
    people = pa.table({"病案号": [f"P{n:04d}" for n in range(200)]})
    visits = pa.table({"病人号": [f"P{n % 150:04d}" for n in range(300)] + ["X0001"] * 50})
    found = profile_readers({"a": Held({"人": people}), "b": Held({"诊": visits})})
    shares = {(j.table, j.other_table): (j.values, j.rows) for j in found.joins}
    assert shares["b/诊", "a/人"] == (150 / 151, 300 / 350)
    assert shares["a/人", "b/诊"] == (0.75, 0.75)


def test_measures_and_sexes_do_not_join():
    table = pa.table({"数量": [str(n) for n in range(100)], "性别": ["男", "女"] * 50})
    found = profile_readers({"a": Held({"t": table}), "b": Held({"u": table})})
    assert found.joins == ()


def test_running_numbers_of_records_do_not_join():
    table = pa.table({"明细序号": [str(n % 30) for n in range(100)]})
    found = profile_readers({"a": Held({"t": table}), "b": Held({"u": table})})
    assert found.joins == ()


IDENTITIES = [identity_number("990000", date(1970, 1, 1 + n % 28), n) for n in range(60)]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("身份证号", IDENTITIES),
        ("c1", IDENTITIES),
        ("电话", ["19000001234"] * 30),
        ("姓名", ["王小芳"] * 30),
        ("c2", [f"{s}{g}" for s in "王李张刘陈" for g in ("小芳", "伟强", "静静", "建国")] * 15),
        ("病案号", ["B000017"] * 40),
        ("现住址", ["合成市海棠路17号"] * 40),
        ("主诉", ["由邻居王小芳送来"] * 40),
        ("备用", [f"联系人电话19000001234，第{n}次" for n in range(40)]),
        ("c3", [f"Q{n:05d}" for n in range(100)]),
    ],
)
def test_no_value_that_names_somebody_is_in_the_profile(name, values):
    found = profile_readers({"held": Held({"t": pa.table({name: values})})})
    told = json.dumps(found.to_json(), ensure_ascii=False)
    told += "\n".join(profile_lines(found, "zh"))
    assert [v for v in values if v in told] == []
    assert found.tables[0].columns[0].hidden


def test_a_shown_value_never_holds_a_phone_number():
    c = column_of(["复诊"] * 500 + ["电话19000001234"] * 12)
    assert c.values == (("复诊", 500),)
    assert c.holding_identifiers == 12


# The sketches.

TEXTS = st.lists(st.text(max_size=12), max_size=200)


@given(TEXTS)
def test_equal_texts_have_equal_hashes_and_others_do_not(texts):
    hashes = hash_texts(pa.array(texts, pa.string())).tolist()
    assert len(set(hashes)) == len(set(texts))
    assert dict(zip(texts, hashes, strict=True)) == {
        t: hash_texts(pa.array(["…", t, "x"]))[1] for t in texts
    }


@given(TEXTS, st.integers(1, 5))
@settings(max_examples=50)
def test_distinct_counts_are_exact_up_to_k_in_whatever_batches(texts, parts):
    whole = Distinct()
    for part in np.array_split(np.array([*texts], dtype=object), parts):
        hashes = hash_texts(pa.array(part.tolist(), pa.string()))
        whole.add(hashes, np.ones(len(hashes), np.int64))
    counted = Counter(texts)
    assert whole.exact
    assert whole.estimate() == len(counted)
    assert sorted(whole.counts.tolist()) == sorted(counted.values())


def test_beyond_k_the_estimate_is_close_and_the_counts_stay_exact():
    n, each = 200_000, 3
    texts = hash_texts(pa.array([f"P{i}" for i in range(n)]))
    whole = Distinct()
    for _ in range(each):
        whole.add(texts, np.ones(n, np.int64))
    assert not whole.exact
    assert len(whole.hashes) == K
    assert whole.estimate() == n
    assert set(whole.counts.tolist()) == {each}
    assert whole.repeated() == pytest.approx(2 / 3)


def test_beyond_k_the_hashes_tell_where_rows_are_uneven():
    n = 100_000
    hashes = hash_texts(pa.array([f"P{i}" for i in range(n)]))
    counts = np.where(np.arange(n) % 50 == 0, 1000, 1)
    whole = Distinct()
    whole.add(hashes, counts)
    assert whole.counts.std() > whole.counts.mean()
    assert abs(whole.estimate() / n - 1) < 0.04


def test_containment_of_large_columns_is_close():
    def sketch(first, last):
        d = Distinct()
        texts = pa.array([f"P{i}" for i in range(first, last)])
        d.add(hash_texts(texts), np.ones(len(texts), np.int64))
        return d

    inner, outer = sketch(0, 50_000), sketch(20_000, 220_000)
    assert containment(inner, outer).values == pytest.approx(0.6, abs=0.05)
    assert containment(outer, inner).values == pytest.approx(0.15, abs=0.05)
    assert containment(Distinct(), inner).looked_at == 0
    assert containment(inner, Distinct()).looked_at == 0


@given(TEXTS)
@settings(max_examples=50)
def test_a_sample_does_not_depend_on_the_order(texts):
    distinct = sorted(set(texts))
    samples = [Sample(10), Sample(10)]
    for sample, order in zip(samples, (distinct, distinct[::-1]), strict=True):
        for text in order:
            array = pa.array([text], pa.string())
            sample.add(hash_texts(array), array)
    assert samples[0].values() == samples[1].values()
    assert set(samples[0].values()) <= set(texts)


@given(st.lists(st.integers(0, 40), max_size=300), st.integers(3, 20))
@settings(max_examples=60)
def test_frequent_counts_are_never_too_large_and_short_by_the_error_at_most(values, most):
    frequent, counted = Frequent(most), Counter(map(str, values))
    for part in (values[:100], values[100:200], values[200:]):
        own = Counter(map(str, part))
        frequent.add(pa.array(list(own), pa.string()), np.array(list(own.values()), np.int64))
    told = dict(frequent.top(most))
    for value, rows in counted.items():
        assert told.get(value, 0) <= rows <= told.get(value, 0) + frequent.error


def test_quantiles_weigh_values_by_their_rows():
    quantiles = Quantiles()
    quantiles.add(np.array([1.0, 100.0]), np.array([900, 100]))
    assert quantiles.at([0.5, 0.85, 0.95]) == [1.0, 1.0, 100.0]
    assert Quantiles().at([0.5]) == []


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("K00000012", "A99999999"),
        ("2023年3月5日", "9999文9文9文"),
        ("６.5μg/mL", "全.9※a/aA"),
        ("a\tb", "a a"),
        ("", ""),
        ("9" * 50, "9" * 40 + "…"),
    ],
)
def test_shapes(text, shape):
    assert [shown(s) for s in shapes_of(pa.array(["x", text])).to_pylist()][1] == shape


def test_shapes_of_a_slice():
    assert shapes_of(pa.array(["abc", "1", "文a"])[1:]).to_pylist() == ["9", "\x02a"]


# Whole sources.


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hospital")
    export = write_exports(folder, patients=400, seed=8)
    return folder, export


def test_the_synthetic_hospital_is_seen_as_it_is(hospital):
    folder, export = hospital
    found = profile_paths([folder / "utf8"])
    assert found.problems == ()
    tables = {t.table: t for t in found.profile.tables}
    assert set(tables) == {FRONT_PAGE, VISITS, PRESCRIPTIONS, LABS}
    for name, table in tables.items():
        file = f"utf8/{name}.csv"
        lost = [p for p in export.of(file, name) if p.kind in ("ragged_line", "broken_bytes")]
        assert sum(table.defects.values()) == len(lost)
        assert table.rows == export.rows[file, name] - len(lost)
    assert tables[VISITS].keys[0].columns == ("就诊流水号",)
    assert ("处方号", "明细序号") in [k.columns for k in tables[PRESCRIPTIONS].keys]
    assert ("检验单号", "项目代码") in [k.columns for k in tables[LABS].keys]
    joined = {(j.table, j.column, j.other_table) for j in found.profile.joins if j.values > 0.9}
    assert ("处方.csv", "就诊流水号", "门诊就诊.csv") in joined
    assert ("病案首页.csv", "就诊流水号", "检验结果.csv") in joined


def test_no_identifier_of_the_hospital_is_in_its_profile(hospital):
    folder, _ = hospital
    told = json.dumps(profile_paths([folder / "utf8"]).profile.to_json(), ensure_ascii=False)
    for table in (FRONT_PAGE, VISITS):
        text = (folder / "utf8" / f"{table}.csv").read_text("utf-8-sig", errors="replace")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            if None in row:
                continue  # a line with one field too many: its values stand one to the right
            for column in (
                "身份证号",
                "姓名",
                "电话",
                "健康卡号",
                "就诊流水号",
                "病案号",
                "现住址",
            ):
                value = row.get(column) or ""
                assert (
                    len(value) < 2
                    or value in ("合计", column)
                    or "条" in value
                    or f'"{value}"' not in told
                )


def test_one_file_as_text_and_as_a_sheet_comes_out_alike(hospital):
    folder, _ = hospital
    text = profile_paths([folder / "gb18030" / f"{VISITS}.csv"]).profile.tables[0]
    book = profile_paths([folder / "excel"]).profile
    sheet = next(t for t in book.tables if t.table == VISITS)
    assert [c.name for c in sheet.columns] == [c.name for c in text.columns]
    sorts = [[c.meaning.sort if c.meaning else "" for c in t.columns] for t in (text, sheet)]
    assert sorts[0] == sorts[1]


def test_what_cannot_be_read_is_told_and_the_rest_profiled(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n", "utf-8")
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    (tmp_path / "notes.md").write_text("left alone", "utf-8")
    found = profile_paths([tmp_path])
    assert [t.table for t in found.profile.tables] == ["a"]
    assert len(found.problems) == 1
    assert "b.xlsx" in found.problems[0].where + found.problems[0].received


@pytest.mark.parametrize(("make", "code"), [(False, "source_missing"), (True, "empty_folder")])
def test_nothing_to_read_is_an_error(tmp_path, make, code):
    folder = tmp_path / "none"
    if make:
        folder.mkdir()
    with pytest.raises(QundaoError) as error:
        profile_paths([folder])
    assert error.value.code == f"intake.{code}"


def test_a_folder_stands_for_its_files_of_known_formats(tmp_path):
    for name in ("b.csv", "a.parquet", ".hidden.csv", "~$open.xlsx", "readme.md"):
        (tmp_path / name).touch()
    (tmp_path / "inner.csv").mkdir()
    assert [f.name for f in files_of(tmp_path)] == ["a.parquet", "b.csv"]


def test_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text("n\n1\n", "utf-8")
    tables = profile_paths([tmp_path / "x", tmp_path / "y"]).profile.tables
    assert len({t.name for t in tables}) == 2


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "可能的主键"), ("en", "likely keys")])
def test_the_text_speaks_both_languages(hospital, language, word):
    folder, _ = hospital
    text = "\n".join(profile_lines(profile_paths([folder / "utf8"]).profile, language))
    assert word in text
    assert "就诊流水号" in text


def test_names_of_columns_cannot_steer_the_terminal():
    found = profile_readers({"s": Held({"t": pa.table({"a\x1b[31m": ["1"]})})})
    assert "\x1b" not in "\n".join(profile_lines(found, "zh"))
