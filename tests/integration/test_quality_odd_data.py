"""Odd text and odd days say the same on every engine, and break no scan."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from sqlglot import exp

from qundao.models import omop
from qundao.quality import Status, run
from support.ascii_tables import ENGINE_NAMES, ENGINES, duckdb_engine

TODAY = date(2026, 1, 1)
OTHERS = [n for n in ENGINE_NAMES if n.values[0] in ("postgresql", "spark")]
DAYS = (
    "2020-01-01", "2020-1-1", "2020/01/01", " 2020-01-01", "2020-01-01 ", "2020-02-29",
    "2019-02-29", "1900-02-29", "2000-02-29", "2020-02-30", "2020-04-31", "0001-01-01",
    "9999-12-31", "10000-01-01", "1-1-1", "99-1-1", "400-2-29", "2020-13-01", "2020-00-10",
    "2020-01-00", "2020-01", "2020", "20200101", "2020-01-01T10", "2020-01-01T10:20",
    "2020-01-01 10:20:30", "2020-01-01 10:20:30.123456", "2020-01-01T10:20:30Z",
    "2020-01-01T23:20:30-02:00", "2020-01-01T01:20:30+0200", "2020-01-01 24:00:00",
    "2020-01-01 25:00:00", "2020-01-01 10:60:00", "2020-01-01 10:59:60", "2020-01-01 1:2:3",
    "2020-01-01  10:20", "2020-01-01abc", "2020-01-01 abc", "2020-01-01T", "Jan 1 2020",
    "01/02/2020", "2020-1/1", "today", "now", "", "  ", "abc", "２０２０-01-01",
)  # fmt: skip
NO_SUCH_HOUR = "2020-01-01 24:00:00"
NUMBERS = (
    "1", "1.5", "-1", "+1", "1.", ".5", ".", "1e5", "1E+5", "1e", "1e-9", "1e200", "1 2", " 1 ",
    "1,000", "0x10", "inf", "-inf", "Infinity", "", "  ", "abc", "1a", "--1", "1" * 60, "１２",
    "\t1", "-0", "1e0005", "infi",
)  # fmt: skip


def answer(engine, values, kind):
    read = exp.TryCast(this=exp.column("v", table="t"), to=exp.DataType.build(kind))
    if kind != "DOUBLE":
        read = exp.cast(read, "TIMESTAMP")
    query = exp.select(exp.column("n", table="t"), read.as_("v")).from_("t").order_by("n")
    return dict(zip(values, engine.query(query)["v"].to_pylist(), strict=True))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    ("kind", "values"), [("DATE", DAYS), ("TIMESTAMP", DAYS), ("DOUBLE", NUMBERS)]
)
def test_text_is_read_as_duckdb_reads_it(name, kind, values):
    left_out = {"10000-01-01", *([NO_SUCH_HOUR] if name == "spark" else [])}
    values = [v for v in values if v not in left_out]
    tables = {"t": pa.table({"n": list(range(len(values))), "v": list(values)})}
    with duckdb_engine(tables) as ours, ENGINES[name](tables) as theirs:
        wanted, found = answer(ours, values, kind), answer(theirs, values, kind)
    assert found == wanted
    assert None in wanted.values()
    assert len(set(wanted.values())) > 5


def people(**columns):
    number = len(columns["person_id"])
    concepts = {f"{c}_concept_id": [8507] * number for c in ("gender", "race", "ethnicity")}
    return pa.table({**columns, **concepts})


def odd_days():
    """Months 13, 30 February, years 1, 9999 and 20000: each in the type that the model has."""
    first, last = date(1, 1, 1), date(9999, 12, 31)
    return {
        "person": people(
            person_id=[1, 2, 3, 4, 5, 6],
            year_of_birth=[1970, 1, 9999, 1980, None, 20000],
            month_of_birth=[13, 1, 12, 2, 1, 1],
            day_of_birth=[1, 1, 31, 30, 1, 1],
        ),
        "death": pa.table(
            {
                "person_id": [1, 2, 3, 4, 5],
                "death_date": [first, last, date(2020, 1, 1), date(1960, 1, 1), None],
            }
        ),
        "condition_occurrence": pa.table(
            {
                "condition_occurrence_id": [1, 2, 3],
                "person_id": [1, 2, 3],
                "condition_concept_id": [1, 1, 1],
                "condition_start_date": [first, last, date(2000, 1, 1)],
                "condition_end_date": [first, last, date(1999, 1, 1)],
            }
        ),
    }


def text_everywhere():
    """Text in the columns of numbers and dates, some of it neither."""
    return {
        "person": people(
            person_id=["1", "two", "3"],
            year_of_birth=["1970", "unknown", "0001"],
            month_of_birth=["2", "13", "x"],
            birth_datetime=["1970-02-30", "9999-12-31", None],
        ),
        "death": pa.table(
            {
                "person_id": ["1", "two", "9"],
                "death_date": ["0001-01-01", "2020-13-01", "2020-01-01 10:20"],
            }
        ),
        "drug_era": pa.table(
            {
                "drug_era_id": ["1", "2", "x"],
                "person_id": ["1", "two", "9"],
                "drug_concept_id": ["0", "x", "5"],
                "drug_era_start_date": ["2020-01-01", "nope", "2020-01-05"],
                "drug_era_end_date": ["2019-01-01", "2020-02-30", "9999-12-31"],
                "gap_days": ["-1", "1.5", "30"],
            }
        ),
    }


ODD = pytest.mark.parametrize("made", [odd_days, text_everywhere], ids=lambda f: f.__name__)


def findings(name, tables):
    with ENGINES[name](tables) as engine:
        report = run(engine, omop("5.4"), today=TODAY)
    return {
        f.check.id: (f.status, f.violated_rows, f.denominator_rows, sorted(f.examples))
        for f in report.findings
    }


@ODD
def test_odd_data_break_no_scan(made):
    found = findings("duckdb", made())
    assert [k for k, (status, *_) in found.items() if status is Status.ERROR] == []
    failed = {k for k, (status, *_) in found.items() if status is Status.FAILED}
    assert any(k.startswith("plausible") for k in failed)


@pytest.mark.parametrize("name", OTHERS)
@ODD
def test_odd_data_say_the_same_on_every_engine(name, made):
    assert findings(name, made()) == findings("duckdb", made())
