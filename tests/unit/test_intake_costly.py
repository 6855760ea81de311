"""Costly values: standing for themselves until they are worked out once."""

from __future__ import annotations

from sqlglot import exp

from qundao.intake.load.once import ROW, Once, over
from qundao.intake.mapping.costly import columns_of, costly, meant_by
from qundao.intake.mapping.written import moment_of


def half(name, table=ROW):
    """Return a value that is worth working out once, of a column."""
    return costly(exp.column(name, table=table) / 2)


def test_the_same_value_is_the_same_column():
    assert half("a") == half("a") != half("b")


def test_copies_share_what_they_stand_for():
    one = half("a")
    assert meant_by(one.copy()) is meant_by(one)


def test_the_columns_that_it_is_made_of_are_told():
    value = exp.Abs(this=costly(half("a") + half("b", "other")))
    assert {c.sql() for c in columns_of(value)} == {"s.a", "other.b"}


def test_it_is_worked_out_once_on_the_first_level_that_can():
    once = Once()
    inner = half("a")
    read = once.read(exp.and_(costly(exp.Abs(this=inner)) > 1, inner.copy() > 2, half("b") > 3))
    assert read.sql() == "s._once_1_0 > 1 AND s._once_0_0 > 2 AND s._once_0_1 > 3"
    told = [{name: value.sql() for name, value in level.items()} for level in once.levels]
    assert told == [
        {"_once_0_0": "(s.a / 2)", "_once_0_1": "(s.b / 2)"},
        {"_once_1_0": "ABS(s._once_0_0)"},
    ]


def test_it_is_not_worked_out_twice_for_two_columns():
    once = Once()
    first, second = (once.read(exp.Abs(this=half("a"))) for _ in range(2))
    assert first == second
    assert [len(level) for level in once.levels] == [1]


def test_what_needs_more_than_the_row_is_worked_out_where_it_is_read():
    once = Once()
    read = once.read(2 * costly(half("a") + exp.column("b", table="other")))
    assert read.sql() == "2 * (s._once_0_0 + other.b)"


def test_written_out_it_is_what_serves_as_well_there():
    long, short = exp.column("long", table="other"), exp.column("short", table="other")
    assert Once().read(exp.Abs(this=costly(long, in_place=short))).sql() == "ABS(other.short)"
    own = costly(exp.column("long", table=ROW), in_place=exp.column("short", table=ROW))
    once = Once()
    once.read(own)
    assert [value.sql() for value in once.levels[0].values()] == ["s.long"]


def test_a_date_of_another_source_is_written_out_in_few_words():
    """It is told apart six times whether it is sure; worked out beside a row, once."""
    value = moment_of(exp.column("x", table="other"))
    assert len(Once().read(exp.select(value)).sql("duckdb")) < 20_000


def test_rows_have_what_a_query_over_them_reads():
    rows = exp.select(exp.Star()).from_("given")
    query = over(exp.select(exp.Abs(this=half("a"))).where(half("a") > 1), rows)
    inner = "SELECT *, (s.a / 2) AS _once_0_0 FROM (SELECT * FROM given) AS s"
    told = f"SELECT ABS(s._once_0_0) FROM ({inner}) AS s WHERE s._once_0_0 > 1"
    assert query.sql() == told
