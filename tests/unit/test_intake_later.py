"""`later(day, days)`: a day so many days on, and what it says of days that cannot be."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from qundao.intake.load.once import ROW, over
from qundao.intake.mapping.functions import FUNCTIONS, Computed


def all_later(given_rows):
    """Return, for each (day, days), the value and the reasons that are told: in one query."""
    texts = [Computed(exp.column(name, table=ROW), "text") for name in ("day", "days")]
    made = FUNCTIONS["later"].make(*texts)
    told = [exp.Case().when(f.holds, exp.Literal.string(f.reason)) for f in made.faults]
    rows = exp.select(exp.Star()).from_("given")
    query = over(exp.select(made.value, *told).order_by("n"), rows).sql("duckdb")
    with duckdb.connect() as database:
        database.execute("CREATE TABLE given (n INTEGER, day TEXT, days TEXT)")
        numbered = [(n, *row) for n, row in enumerate(given_rows)]
        database.executemany("INSERT INTO given VALUES (?, ?, ?)", numbered)
        rows = database.execute(query).fetchall()
    return [(row[0], {reason for reason in row[1:] if reason}) for row in rows]


def later(day, days):
    """Return the value, and the reasons that are told."""
    (only,) = all_later([(day, days)])
    return only


ADDED = st.tuples(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-36_525, 36_525))


@settings(max_examples=6, deadline=None)
@given(st.lists(ADDED, min_size=1, max_size=60))
def test_days_are_added_over_months_and_leap_years(added):
    found = all_later([(day.isoformat(), str(days)) for day, days in added])
    assert found == [(day + timedelta(days=days), set()) for day, days in added]


def test_what_is_not_given_is_no_fault():
    assert later("", "3") == (None, set())
    assert later("2024年2月28日", "") == (None, set())
    assert later("2024年2月28日", "2") == (date(2024, 3, 1), set())


def test_days_that_are_none_or_too_many_are_told():
    assert later("2024-02-30", "3") == (None, {"not_a_date"})
    assert later("2024-02-28", "三")[1] == {"not_a_number"}
    assert later("2024-02-28", "1.5")[1] == {"not_a_whole_number"}
    for many in ("36526", "-36526", "9000000000", "99999999999999999"):
        assert later("2024-02-28", many) == (None, {"too_many_days"})
