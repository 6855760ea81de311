"""Moments in the ways that Chinese systems write them, read as a mapping reads them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlglot import exp

from bench.intake import quiet
from bench.measure import Measured, measured

ROWS = 1_000_000
ISO = "2020-01-31 08:05:00"
FORMS = {
    ISO: "%Y-%m-%d %H:%M:%S",
    "2020-01-31": "%Y-%m-%d",
    "2020/1/31 8:05": "%Y/%-m/%-d %-H:%M",
    "2020/1/31": "%Y/%-m/%-d",
    "2020年1月31日 8:05": "%Y年%-m月%-d日 %-H:%M",
    "2020.1.31": "%Y.%-m.%-d",
    "20200131080500": "%Y%m%d%H%M%S",
    "2020-01-31 08:05:00.000": "%Y-%m-%d %H:%M:%S.%g",
    "2020-01-31T08:05:00+08:00": "%Y-%m-%dT%H:%M:%S+08:00",
    "2020年1月31日8时5分 (with care)": "%Y年%-m月%-d日%-H时%-M分",
}


def read(form: str) -> tuple[float, str]:
    """Read a million moments of one form, on two threads."""
    from qundao.intake.load.once import ROW, over
    from qundao.intake.mapping.written import moment_of

    connection = quiet()
    connection.execute(f"""
        CREATE TABLE given AS
        SELECT strftime(TIMESTAMP '2020-01-01' + to_minutes((i % 1000000)::INT), '{form}') AS x
        FROM range({ROWS}) t(i)""")
    told = exp.select(exp.Count(this=moment_of(exp.column("x", table=ROW))))
    query = over(told, exp.select(exp.Star()).from_("given")).sql("duckdb")
    begun = time.perf_counter()
    ((rows,),) = connection.execute(query).fetchall()
    return begun, f"{rows:,} rows"


def run() -> Mapping[str, Measured]:
    """Hold each form against the one that ISO 8601 writes with a blank."""
    return {shown: measured(read, form) for shown, form in FORMS.items()}
