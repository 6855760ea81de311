"""Working days with 调休, and what is said when nobody has loaded a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.access.handling import Entry, days_used, due, timeline
from qundao.access.states import State
from qundao.access.working_days import Calendar, china_day, day_ends, read_calendar
from qundao.kernel.errors import QundaoError

# The shape of a State Council notice; the dates are an example, not a notice.
TABLE = """日期,类别,名称
2026-10-01,休,国庆节
2026-10-02,off,国庆节
2026-10-05,off,国庆节
2026-10-06,off,国庆节
2026-10-07,off,国庆节
2026-10-10,班,国庆节调休
"""
CALENDAR = read_calendar(TABLE)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def test_holidays_rest_and_moved_days_work():
    assert not CALENDAR.is_working(date(2026, 10, 1))  # a Thursday
    assert CALENDAR.is_working(date(2026, 10, 10))  # a Saturday
    assert not CALENDAR.is_working(date(2026, 10, 11))  # a Sunday
    assert CALENDAR.add(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert Calendar().add(date(2026, 9, 30), 3) == date(2026, 10, 5)


@given(days, st.integers(0, 60))
def test_adding_and_counting_agree(start, term):
    end = CALENDAR.add(start, term)
    assert CALENDAR.between(start, end) == term
    assert CALENDAR.between(end, start) == -term
    assert term == 0 or CALENDAR.is_working(end)


@given(days, days, days)
def test_spans_add_up(a, b, c):
    a, b, c = sorted((a, b, c))
    assert CALENDAR.between(a, b) + CALENDAR.between(b, c) == CALENDAR.between(a, c)


def test_a_year_that_nobody_loaded_says_so():
    assert CALENDAR.caveat(date(2026, 1, 1), date(2026, 12, 31)) is None
    said = CALENDAR.caveat(date(2026, 12, 31), date(2027, 1, 2))
    assert said is not None
    assert "2027" in said.en
    assert "2026" not in said.en
    with pytest.raises(ValueError, match="at least 0"):
        CALENDAR.add(date(2026, 1, 1), -1)


def test_every_wrong_line_is_named():
    text = "2026-10-01,off,x\n2026-13-01,off,x\n2026-10-08,work,x\n2026-10-01,off,x\n2026-10-09\n"
    with pytest.raises(QundaoError) as refused:
        read_calendar(text)
    assert [p.where for p in refused.value.problems] == ["line 2", "line 5", "date", "kind"]
    assert {p.code for p in refused.value.problems} == {"access.bad_calendar"}


def test_days_are_chinas():
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert china_day(late) == date(2026, 11, 23)
    assert day_ends(date(2026, 11, 22)) == datetime(2026, 11, 22, 16, tzinfo=UTC)


def at(day: int, hour: int = 2) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=UTC)


def test_the_clock_stands_still_while_the_applicant_corrects():
    history = (
        Entry(State.DRAFT, at(1), "applicant"),
        Entry(State.SUBMITTED, at(2), "applicant"),  # Wednesday
        Entry(State.SCREENING, at(3), "operator"),
        Entry(State.RETURNED, at(4), "operator", "缺伦理批件"),  # Friday
        Entry(State.SUBMITTED, at(18), "applicant"),
        Entry(State.SCREENING, at(21), "operator"),
    )
    stages = timeline(history, at(23), CALENDAR)
    assert [s.days for s in stages] == [1, 1, 1, 10, 1, 2]
    assert days_used(stages) == 1 + 1 + 1 + 2
    assert stages[-1].until is None
    assert stages[3].until == at(18)


def test_a_stage_knows_when_it_is_due():
    entry = Entry(State.SCREENING, at(30), "operator")
    found = due(entry, at(30), CALENDAR)
    assert found is not None
    assert (found.day, found.left, found.caveat) == (date(2026, 10, 10), 3, None)
    late = due(entry, at(30) + timedelta(days=13), CALENDAR)
    assert late is not None
    assert late.left == -2
    assert due(Entry(State.ACTIVE, at(30), "hub"), at(30), CALENDAR) is None
    unloaded = due(entry, at(30), Calendar())
    assert unloaded is not None
    assert unloaded.caveat is not None
