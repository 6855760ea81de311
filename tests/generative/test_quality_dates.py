"""Laws of dates as SDTM writes them, held by the engine against Python's own calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from qundao.quality.rules.dates import ISO_8601, day_of, days_between, study_day

DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 31))
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31))  # noqa: DTZ001
CONNECTION = duckdb.connect()


def told(expression):
    (answer,) = CONNECTION.execute(f"SELECT {expression.sql('duckdb')}").fetchone()
    return answer


def matches(text):
    """Return what DuckDB and Python, each with its own expressions, say of the text."""
    pattern = exp.Literal.string(ISO_8601)
    engine = told(exp.RegexpLike(this=exp.Literal.string(text), expression=pattern))
    assert engine == bool(re.search(ISO_8601, text))
    return engine


def text_of(day):
    return exp.Literal.string(day if isinstance(day, str) else day.isoformat())


def as_date(day):
    return exp.cast(text_of(day), "DATE")


@given(MOMENTS, st.integers(1, 7))
def test_a_date_cut_off_on_the_right_is_a_partial_date(moment, parts):
    whole = re.split(r"(?=[-T:.])", moment.replace(microsecond=moment.microsecond or 1).isoformat())
    assert matches("".join(whole[:parts]))


@given(DAYS, st.sampled_from(("year", "month", "year and month")))
def test_a_missing_part_is_a_hyphen(day, lost):
    year = "-" if "year" in lost else f"{day.year:04}"
    month = "-" if "month" in lost else f"{day.month:02}"
    assert matches(f"{year}-{month}-{day.day:02}")
    assert matches(f"{year}-{month}-{day.day:02}T13:45")


@given(st.integers(1000, 2999), st.integers(0, 99), st.integers(0, 99))
def test_only_days_of_the_calendar_are_dates(year, month, day):
    text = f"{year}-{month:02}-{day:02}"
    try:
        known = date(year, month, day)
    except ValueError:
        known = None
    assert matches(text) == (known is not None)
    assert told(day_of(exp.Literal.string(text))) == known


@given(DAYS, DAYS)
def test_two_dates_are_an_interval_and_an_open_one_is_not(first, second):
    assert matches(f"{first}/{second}")
    assert not matches(f"{first}/")


@pytest.mark.parametrize(
    "text",
    [
        "2003-12-15T-:15",
        "2003-12-15T13:-:17",
        "-----T07:15",
        "2003---15",
        "--12-15",
        "2003-12--T10",
    ],
)
def test_the_examples_of_the_guide_are_dates(text):
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "2003-", "2003--", "2003-1", "15DEC2003", "12/15/2003", "2003-12-15T", "20031215",
     "2003-12-15 10", "2003-12-15T25", "2003-12-15T10:60", "2013-02-29", "1900-02-29", "P1D",
     "2003-12-15Z", "2003-12---", "x2003", "2003x"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text):
    assert not matches(text)


@given(MOMENTS)
def test_the_day_is_read_from_a_date_with_a_time(moment):
    assert told(day_of(text_of(moment.isoformat()))) == moment.date()


@given(st.text(st.sampled_from("0123456789-T:/ ."), max_size=22))
def test_no_text_makes_the_engine_stumble(text):
    day = told(day_of(exp.Literal.string(text)))
    assert day is None or text.startswith(day.isoformat())


@given(DAYS, st.integers(-4000, 4000))
def test_study_days_have_no_zero_and_run_on(reference, distance):
    day = reference + timedelta(days=distance)
    number = told(study_day(as_date(day), as_date(reference)))
    assert number != 0
    assert number == (distance + 1 if distance >= 0 else distance)


@given(DAYS, DAYS)
def test_later_days_have_higher_numbers(one, other):
    reference = date(2020, 1, 1)
    first, second = (told(study_day(as_date(d), as_date(reference))) for d in (one, other))
    assert (first < second) == (one < other)
    assert told(days_between(as_date(one), as_date(other))) == (other - one).days
