"""Ctrl-C while an engine works."""

from __future__ import annotations

import signal
from contextlib import contextmanager

import pytest
import sqlglot
from sqlglot import exp

from support.ascii_tables import database, duckdb_engine

NUMBERS = "(SELECT UNNEST(RANGE(0, 1000000)) AS n)"
HOURS = f"SELECT SUM(a.n * b.n) AS s FROM {NUMBERS} AS a CROSS JOIN {NUMBERS} AS b"


@contextmanager
def ctrl_c_in_a_moment():
    """Interrupt what runs here, which has no end of its own within hours."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_ends_a_query_as_it_ends_a_program():
    engine = duckdb_engine(database({}))
    endless = sqlglot.parse_one(HOURS, dialect="duckdb")
    with pytest.raises(KeyboardInterrupt), ctrl_c_in_a_moment():
        engine.query(endless)
    assert engine.query(exp.select(exp.convert(1).as_("one"))).num_rows == 1
    engine.close()
