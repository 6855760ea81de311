"""Counts, thresholds and statuses equal to the reference's, check by check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import run
from support.arrow_sources import parquet_tables
from support.postgresql_data import dsn, schema_of

CASES = Path(__file__).parents[2].parent / "shared" / "cases"
IDENTITY = ("check", "level", "table", "field", "concept_id", "unit_concept_id")
COMPARED = ("violated_rows", "denominator_rows", "threshold_pct", "status")

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the reference cases (../shared/cases) are not on this machine"
)


REFERENCES = pytest.mark.parametrize(
    ("version", "data", "expected", "checks"),
    [
        ("5.3", "omop-gibleed", "expected-gibleed-5.3.json", 1995),
        ("5.4", "omop-qsyn10k", "expected-qsyn10k-5.4.json", 2374),
    ],
)


@REFERENCES
def test_every_check_equals_the_reference(version, data, expected, checks):
    equals_the_reference(f"parquet:{CASES / data}", version, expected, checks)


@pytest.mark.postgresql
@REFERENCES
def test_every_check_equals_the_reference_on_postgresql(version, data, expected, checks):
    with schema_of(parquet_tables(CASES / data)) as schema:
        equals_the_reference(dsn(schema), version, expected, checks)


def equals_the_reference(source, version, expected, checks):
    reference = json.loads((CASES / "quality" / expected).read_text())
    rows = [dict(zip(reference["columns"], r, strict=True)) for r in reference["results"]]
    wanted = {_key(r): [r[c] for c in COMPARED] for r in rows}
    with open_engine(source) as engine:
        report = run(engine, omop(version)).to_json()
    found = {_key(c): [c[name] for name in COMPARED] for c in report["checks"]}
    assert len(wanted) == checks
    assert {k: found.get(k) for k in wanted} == wanted


def _key(row):
    return tuple(row[name] for name in IDENTITY)
