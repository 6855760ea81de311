"""Steps that Spark would run again wherever they are named."""

from __future__ import annotations

from contextlib import ExitStack

import pyarrow as pa
from sqlglot import exp

from qundao.engines.spark_steps import with_steps_kept
from support.ascii_tables import duckdb_engine

DOUBLINGS = 40


def doubled():
    """Return a query of 40 steps, each named twice by the next: written out, 2^40 scans."""
    last = exp.select(exp.column("x", table="t")).from_("t").where(exp.column("x", table="t") > 1)
    query = exp.select("x").from_("only")
    steps = [("step_0", last)]
    for n in range(DOUBLINGS):
        one, other = (exp.select("x").from_(f"step_{n}") for _ in range(2))
        steps.append((f"step_{n + 1}", exp.union(one, other, distinct=True)))
    steps.append(("only", exp.select(exp.column("x", table="a")).from_(f"step_{n + 1} AS a")))
    for name, step in steps:
        query = query.with_(name, as_=step)
    return query


def test_a_step_named_twice_is_run_once_and_the_rows_are_the_same():
    query = doubled()
    before = query.sql()
    with ExitStack() as held:
        engine = held.enter_context(duckdb_engine({"t": pa.table({"x": [1, 2, 3]})}))
        names = iter(range(DOUBLINGS))

        def keep(step):
            return held.enter_context(engine.scratch(f"kept_{next(names)}", step)).name

        rest = with_steps_kept(query, keep)
        assert sorted(engine.query(rest)["x"].to_pylist()) == [2, 3]
    assert list(names) == []
    assert [c.alias for c in rest.find_all(exp.CTE)] == [f"step_{DOUBLINGS}", "only"]
    assert query.sql() == before


def test_steps_named_once_stay_where_they_are():
    query = exp.select("x").from_("a").with_("a", as_=exp.select("x").from_("t"))
    rest = with_steps_kept(query, lambda step: 1 / 0)
    assert rest.sql() == query.sql()


def test_a_step_brings_the_steps_that_only_it_names():
    query = exp.select("x").from_("b").where(exp.column("x").isin(query=exp.select("x").from_("b")))
    query = query.with_("a", as_=exp.select("x").from_("t"))
    query = query.with_("b", as_=exp.select("x").from_("a"))
    kept = []
    rest = with_steps_kept(query, lambda step: kept.append(step.sql()) or "k")
    assert kept == ["WITH a AS (SELECT x FROM t) SELECT x FROM a"]
    assert rest.sql() == "SELECT x FROM k AS b WHERE x IN (SELECT x FROM k AS b)"
