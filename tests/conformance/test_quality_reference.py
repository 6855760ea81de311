"""Counts, thresholds and statuses equal to the reference's, check by check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import run

CASES = Path(__file__).parents[2].parent / "shared" / "cases"
COMPARED = ("violated_rows", "denominator_rows", "threshold_pct", "status")

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the reference cases (../shared/cases) are not on this machine"
)


@pytest.mark.parametrize(
    ("version", "data", "expected", "least"),
    [
        ("5.3", "omop-gibleed", "expected-gibleed-5.3.json", 1523),
        ("5.4", "omop-qsyn10k", "expected-qsyn10k-5.4.json", 1902),
    ],
)
def test_every_table_and_field_check_equals_the_reference(version, data, expected, least):
    reference = json.loads((CASES / "quality" / expected).read_text())
    rows = [dict(zip(reference["columns"], r, strict=True)) for r in reference["results"]]
    wanted = {_key(r): [r[c] for c in COMPARED] for r in rows if r["level"] != "CONCEPT"}
    with open_engine(f"parquet:{CASES / data}") as engine:
        report = run(engine, omop(version)).to_json()
    found = {_key(c): [c[name] for name in COMPARED] for c in report["checks"]}
    assert len(wanted) >= least
    assert {k: found.get(k) for k in wanted} == wanted


def _key(row):
    return (row["check"], row["table"], row["field"])
