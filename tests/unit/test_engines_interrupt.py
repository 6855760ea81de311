"""Ctrl-C while an engine works."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from sqlglot import exp

from support.ascii_tables import database, duckdb_engine


def interrupted(engine, query):
    """Run a query while Ctrl-C is pressed."""
    threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
    engine.query(query)


def test_ctrl_c_ends_a_query_as_it_ends_a_program():
    """A query of hours is interrupted, whether the signal comes before it began or after."""
    engine = duckdb_engine(database({}))
    numbers = "(SELECT UNNEST(RANGE(0, 1000000)) AS n)"
    endless = exp.maybe_parse(
        f"SELECT SUM(a.n * b.n) AS s FROM {numbers} AS a CROSS JOIN {numbers} AS b",
        dialect="duckdb",
    )
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted(engine, endless)
        assert engine.query(exp.select(exp.convert(1).as_("one"))).num_rows == 1
    finally:
        signal.signal(signal.SIGINT, before)
        engine.close()
