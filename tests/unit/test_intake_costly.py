"""Costly values: standing for themselves until they are worked out once, or spelled out."""

from __future__ import annotations

from sqlglot import exp

from qundao.intake.load.once import ROW, Once
from qundao.intake.mapping.costly import costly, spelled_out


def half(name, table=ROW):
    """Return a value that is worth working out once, of a column."""
    return costly(exp.column(name, table=table) / 2)


def test_the_same_value_is_the_same_column():
    assert half("a") == half("a") != half("b")


def test_copies_share_what_they_stand_for():
    one = exp.and_(half("a") > 1, half("a").copy() > 2).copy()
    assert spelled_out(one).sql() == "(s.a / 2) > 1 AND (s.a / 2) > 2"


def test_one_within_another_is_spelled_out_too():
    assert spelled_out(exp.Abs(this=costly(exp.Abs(this=half("a"))))).sql() == "ABS(ABS((s.a / 2)))"


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
