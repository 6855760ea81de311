"""Numbers and dates as Chinese systems write them."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from qundao.intake.load.once import over
from qundao.intake.mapping.written import (
    comparator_of,
    day_of,
    moment_of,
    number_of,
    plain_text,
)

DAYS = st.dates(date(1900, 3, 1), date(2100, 12, 31))


def told(read, text, **how):
    value = read(plain_text(exp.cast(exp.Literal.string(text), "TEXT")), **how)
    query = over(exp.select(value.as_("v")), exp.select(exp.Literal.number(1)))
    return duckdb.sql(query.sql("duckdb")).fetchall()[0][0]


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-05",
        "2023-3-5",
        "2023/3/5",
        "2023.03.05",
        "20230305",
        "2023年3月5日",
        "2023年03月05号",
        "２０２３年３月５日",
        "　2023-03-05 ",
        "44990",
    ],
)
def test_a_day_is_a_day_however_it_is_written(text):
    assert told(day_of, text) == date(2023, 3, 5)


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second"),
    [
        ("2023-03-05 08:30", 8, 30, 0),
        ("2023-3-5 8:30:15", 8, 30, 15),  # as many bytes as the one above
        ("2023-03-05T08:30:15", 8, 30, 15),
        ("2023/3/5 8:30:15", 8, 30, 15),
        ("2023年3月5日 8时30分", 8, 30, 0),
        ("2023年3月5日8时30分15秒", 8, 30, 15),
        ("202303050830", 8, 30, 0),
        ("20230305083015", 8, 30, 15),
        ("44990.5", 12, 0, 0),
        ("2023-03-05T08:30:15+08:00", 8, 30, 15),
        ("2023-03-05T08:30:15.000Z", 8, 30, 15),
        ("2023-03-05T08:30+0800", 8, 30, 0),
    ],
)
def test_a_moment_is_read_to_the_second(text, hour, minute, second):
    moment = datetime.fromisoformat("2023-03-05").replace(hour=hour, minute=minute, second=second)
    assert told(moment_of, text) == moment
    assert told(day_of, text) == moment.date()


@pytest.mark.parametrize(
    "text",
    ["2023-02-30", "2023-13-01", "20230230", "13/3/2023", "2023-3-5 24:10", "不详", "2023", "0"],
)
def test_what_is_no_day_of_the_calendar_is_none(text):
    assert told(day_of, text) is None


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]))
@settings(max_examples=80, deadline=None)
def test_every_day_comes_back_from_every_form(day, form):
    assert told(day_of, day.strftime(form)) == day


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("66.5", 66.5),
        ("６６.５", 66.5),
        ("６６．５", 66.5),
        ("1,234.50", 1234.5),
        ("１，２３４", 1234.0),
        ("-0.3", -0.3),
        ("1e3", 1000.0),
        ("　7 ", 7.0),
        ("12,34", None),
        ("1,23,456", None),
        ("阴性", None),
        ("<0.01", None),
        ("1 2", None),
        ("", None),
    ],
)
def test_a_number_is_a_number_however_it_is_written(text, value):
    assert told(number_of, text) == value


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("<0.01", "<", 0.01),
        ("＜0.01", "<", 0.01),
        ("≥ 200", ">=", 200.0),
        (">=200", ">=", 200.0),
        ("5.6", None, 5.6),
        ("阴性", None, None),
    ],
)
def test_a_result_behind_a_sign_is_told_in_two(text, sign, value):
    assert told(comparator_of, text) == sign
    assert told(number_of, text, after_sign=True) == value


@given(st.integers(-(10**12), 10**12))
@settings(max_examples=60, deadline=None)
def test_thousands_separators_change_nothing(number):
    assert told(number_of, f"{number:,}") == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.", 5.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1_000", None),
        ("-inf", None),
        ("nan", None),
        ("1e400", None),
        ("0x1A", None),
        (".", None),
        ("1.2.3", None),
        ("/5", None),
    ],
)
def test_what_a_database_takes_for_a_number_is_not_always_one(text, value):
    assert told(number_of, text) == value


@pytest.mark.parametrize(
    "text",
    [
        "-020-01-01",
        "2023-03-05 +1:00:00",
        "2023-03-05 (BC)",
        "2023-03-0a",
        "2023-00-01",
        "2023-03-05 08:30:61",
        "2023-03-05 08-30-00",
    ],
)
def test_what_a_database_takes_for_a_time_is_not_always_one(text):
    assert told(moment_of, text) is None


def test_full_width_days_are_read_in_the_usual_form_too():
    assert told(day_of, "２０２３-０３-０５") == date(2023, 3, 5)
