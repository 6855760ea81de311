"""Text without blanks around it: found quickly, and never otherwise than value by value."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from qundao.intake.load.plain import plain
from qundao.intake.mapping.written import BLANKS, plain_text

SIGNS = st.sampled_from([*BLANKS, "一", "、", "　", "。", "\u00a0", "é", "a", "0", "\ufeff", "＜"])
VALUES = st.lists(st.none() | st.text(SIGNS, max_size=4), max_size=12)


@given(VALUES, st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_a_column_is_what_its_values_are(values, start):
    column = pa.array(values, pa.string()).slice(start)
    wanted = [(v.strip(BLANKS) or None) if v is not None else None for v in values[start:]]
    assert plain(column).to_pylist() == wanted
    plain(column).validate(full=True)


@given(st.text(SIGNS, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_query_and_a_column_agree(value):
    text = plain_text(exp.cast(exp.Literal.string(value), "TEXT")).as_("v")
    assert duckdb.sql(exp.select(text).sql("duckdb")).fetchall() == [
        (plain(pa.array([value], pa.string()))[0].as_py(),)
    ]


def test_what_is_not_text_stays_as_it_is():
    numbers = pa.array([1, None, 3])
    assert plain(numbers) is numbers
