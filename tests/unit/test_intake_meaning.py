"""What a column means is told from its name and values, with the reason, and never a value."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.intake.date_forms import SERIAL, form_of, has_time
from qundao.intake.meaning import likely
from qundao.intake.meaning_sorts import SORTS
from qundao.intake.meaning_values import (
    check_digit_is_right,
    holds_identifier,
    is_age,
    is_icd10,
    is_identity_number,
    is_number,
    is_person_name,
    is_phone,
    is_unit,
)
from qundao.intake.synthetic import COLUMNS, FRONT_PAGE, LABS, PRESCRIPTIONS, VISITS, write_exports
from qundao.intake.synthetic.people import identity_number

NUMBERS = [identity_number("990000", date(1980, 1, 1 + i), 100 + i) for i in range(25)]
NAMES = [s + g for s in "王李张刘陈" for g in ("伟", "小芳", "静", "秀英", "洋")]

EXPECTED = {
    (FRONT_PAGE, "身份证号"): "identity_number",
    (FRONT_PAGE, "电话"): "phone",
    (FRONT_PAGE, "姓名"): "person_name",
    (FRONT_PAGE, "现住址"): "address",
    (FRONT_PAGE, "病案号"): "patient_id",
    (FRONT_PAGE, "健康卡号"): "patient_id",
    (FRONT_PAGE, "就诊流水号"): "visit_id",
    (FRONT_PAGE, "性别"): "sex",
    (FRONT_PAGE, "年龄"): "age",
    (FRONT_PAGE, "出生日期"): "date",
    (FRONT_PAGE, "入院时间"): "datetime",
    (FRONT_PAGE, "主要诊断编码"): "icd10",
    (FRONT_PAGE, "其他诊断1编码"): "icd10",
    (FRONT_PAGE, "手术操作1编码"): "operation_code",
    (FRONT_PAGE, "住院总费用"): "number",
    (VISITS, "主诉"): "free_text",
    (VISITS, "诊断编码"): "icd10",
    (PRESCRIPTIONS, "药品编码"): "drug_code",
    (PRESCRIPTIONS, "单位"): "unit",
    (PRESCRIPTIONS, "剂量"): "number",
    (PRESCRIPTIONS, "处方号"): "record_id",
    (LABS, "项目代码"): "lab_item",
    (LABS, "项目名称"): "lab_item",
    (LABS, "结果"): "number",
    (LABS, "单位"): "unit",
    (LABS, "采样时间"): "datetime",
}


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("meaning")
    write_exports(folder, patients=150, seed=9, formats=["utf8"])
    columns = {}
    for table in COLUMNS:
        path = folder / "utf8" / f"{table}.csv"
        text = path.read_text("utf-8-sig", errors="replace")
        header, *rows = csv.reader(text.splitlines())
        for i, column in enumerate(header):
            values = dict.fromkeys(r[i] for r in rows if len(r) == len(header))
            columns[table, column] = list(values)[:256]
    return columns


@pytest.mark.parametrize("place", EXPECTED, ids="-".join)
def test_columns_of_the_synthetic_hospital(sampled, place):
    best, *_ = likely(place[1], sampled[place])
    assert best.sort == EXPECTED[place]
    assert best.score > 0.2


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("identity_number", NUMBERS),
        ("person_name", NAMES),
        ("phone", [f"1900000{n:04d}" for n in range(30)]),
        ("icd10", ["I10.x00", "E11.900", "J18.900", "I25.103"]),
        ("date", ["2023-03-05", "2023/3/5", "2023年3月5日"]),
        ("datetime", ["2023-03-05 08:30:00", "2023/3/5 8:30"]),
        ("unit", ["mmol/L", "g/L", "10^9/L", "%"]),
        ("sex", ["男", "女"]),
        ("number", ["1", "2.5", "1,234.50"]),
    ],
)
def test_values_speak_where_the_name_says_nothing(sort, values):
    best, *_ = likely("F7", values)
    assert best.sort == sort
    named = next(m for m in likely({"number": "金额"}.get(sort, "F7"), values) if m.sort == sort)
    assert named.score >= best.score


def test_wards_and_diseases_are_not_taken_for_names():
    wards = ["高血压病", "胡桃科", "骨科", "儿科", "心内科", "康复科"]
    assert "person_name" not in [m.sort for m in likely("F1", wards)]


def test_a_name_alone_does_not_make_values_fit():
    assert [
        m for m in likely("身份证号", ["无", "不详", "拒绝提供"]) if m.sort == "identity_number"
    ] == []


def test_an_empty_column_is_judged_by_its_name_with_little_weight():
    (best, *_) = likely("身份证号", ["", " "])
    assert (best.sort, best.score) == ("identity_number", 0.4)
    assert best.direct
    assert "没有值" in best.reason.zh


def test_the_reason_tells_how_many_check_digits_are_right_and_no_value():
    wrong = [n[:-1] + ("1" if n[-1] != "1" else "2") for n in NUMBERS[:5]]
    best, *_ = likely("zjhm", [*wrong, *NUMBERS[5:]])
    assert best.sort == "identity_number"
    assert "80%" in best.reason.en
    assert "80%" in best.reason.zh
    assert not any(n in str(best.to_json()) for n in (*NUMBERS, *wrong))


def test_full_width_signs_count_as_their_usual_ones():
    best, *_ = likely("F2", ["６６.５", "７０", "８１.２５"])
    assert (best.sort, best.share) == ("number", 1.0)


def test_every_written_form_is_told_with_its_share():
    values = ["2023-03-05", "2023年3月5日", "20230305", "44990", "2023-02-30"]
    best, *_ = likely("出生日期", values)
    assert best.sort == "date"
    assert best.share == 0.8
    forms = {"YYYY-MM-DD", "YYYY年MM月DD日", "YYYYMMDD", SERIAL}
    assert dict(best.forms) == dict.fromkeys(forms, 0.2)


def test_five_digit_numbers_are_dates_only_where_something_says_so():
    assert likely("F3", ["44990", "44991"])[0].sort == "number"
    assert likely("手术日期", ["44990", "44991"])[0].sort == "date"


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2023-3-5", "YYYY-MM-DD", date(2023, 3, 5)),
        ("2024-02-29T23:59:59.5+08:00", "YYYY-MM-DD HH:MM", date(2024, 2, 29)),
        ("2023.03.05", "YYYY.MM.DD", date(2023, 3, 5)),
        ("2023年3月5日8时30分", "YYYY年MM月DD日HH时MM分", date(2023, 3, 5)),
        ("20230305083000", "YYYYMMDDHHMMSS", date(2023, 3, 5)),
        ("44990.354167", SERIAL, date(2023, 3, 5)),
        ("2023-02-30", "YYYY-MM-DD", None),
        ("2023年13月5日", "YYYY年MM月DD日", None),
        ("20231305", "", None),
        ("昨天", "", None),
    ],
)
def test_forms_of_dates(text, form, day):
    assert form_of(text) == (form, day)


@given(st.dates(date(1930, 1, 1), date(2090, 12, 31)))
def test_every_way_of_writing_a_day_reads_as_that_day(day):
    y, m, d = day.year, day.month, day.day
    serial = str((day - date(1899, 12, 30)).days)
    for text in (day.isoformat(), f"{y}/{m}/{d}", f"{y}年{m}月{d}日", f"{day:%Y%m%d}", serial):
        form, read = form_of(text)
        assert read == day
        assert not has_time(form, text)


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 999), st.integers(0, 17))
def test_a_check_digit_finds_every_single_wrong_digit(birth, serial, at):
    number = identity_number("110105", birth, serial)
    assert is_identity_number(number)
    assert check_digit_is_right(number)
    wrong = str((int(number[at]) + 1) % 10) if number[at] != "X" else "0"
    assert not check_digit_is_right(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (is_identity_number, ["11010519491231002X", "110105491231002"], ["110105194913310021"]),
        (is_phone, ["13800000000", "+8613800000000", "010-12345678"], ["12345678901", "138"]),
        (is_person_name, ["王伟", "欧阳娜娜"], ["心内科", "王", "Wang"]),
        (is_icd10, ["I10", "I10.x00", "M80.0x50", "C50.900x001"], ["U", "1.23", "I1"]),
        (is_number, ["-1", "+.5", "1,234.5", "1e5"], ["", "1,23", "<0.01", "-", ".", "E30"]),
        (is_age, ["45", "45岁", "8月", "3岁2月", "12天"], ["岁", "451"]),
        (is_unit, ["mmol/L", "μg", "10^9/L", "mL/min/1.73m2", "片"], ["血清", "阴性", ""]),
        (holds_identifier, ["电话13800000000。", "11010519491231002X"], ["a13800000000b"]),
    ],
)  # fmt: skip
def test_tests_of_single_values(test, yes, no):
    assert [v for v in yes if not test(v)] == []
    assert [v for v in no if test(v)] == []


def test_every_sort_speaks_both_languages():
    for sort in SORTS.values():
        assert sort.words.zh != sort.words.en
        assert sort.fitting.zh != sort.fitting.en
        assert 0 <= sort.alone <= sort.named <= 1
