"""Every kind of check counts the same on every engine, over data with something wrong in each."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from qundao.intake import write_pilot
from qundao.models import cdisc, omop
from qundao.quality import Status, checks_for, run
from qundao.quality.rules import RULES
from support.arrow_sources import damaged, duckdb_tables, parquet_tables
from support.ascii_tables import ENGINE_NAMES, ENGINES
from support.gibleed import gibleed_file

TODAY = date(2026, 1, 1)
FEW_PERSONS = "person_id % 60 = 6"
WRITTEN_BY_A_SITE = {"siteCondition"}
OTHERS = [n for n in ENGINE_NAMES if n.values[0] in ("postgresql", "spark")]
FEW_OF_A_KIND = {"spark": 2}
"""On Spark a scan of a few rows still takes seconds, so that some checks stand for their kind."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    write_pilot(folder)
    hospital = duckdb_tables(gibleed_file(where=FEW_PERSONS))
    trial = parquet_tables(folder)
    return {
        "omop": (omop("5.3"), planted({n: damaged(t) for n, t in hospital.items()})),
        "cdisc": (cdisc(), {n: damaged(t) for n, t in trial.items()} | {"ts": SUMMARY}),
    }


SUMMARY = pa.table(
    {n: [v] for n, v in (("studyid", "S"), ("domain", "TS"), ("tsparmcd", "TITLE"), ("tsval", "x"))}
)
MEASURED, NO_UNIT_OF_IT = 3019550, 999


def planted(tables):
    """Add what the source has nothing of: deaths, rows of visits, units, missing eras."""
    persons = [p for p in tables["person"]["person_id"].to_pylist() if p and p > 0][:10]
    visit = tables["visit_occurrence"]["visit_occurrence_id"].to_pylist()[-2]
    deaths = {"person_id": persons, "death_date": [date(1990, 1, 1)] * len(persons)}
    eras, here = tables["condition_era"], pa.array(persons)
    kept = pc.invert(pc.is_in(eras["person_id"], pc.cast(here, eras["person_id"].type)))
    changed = {
        ("condition_occurrence", "visit_occurrence_id"): visit,
        ("measurement", "measurement_concept_id"): MEASURED,
        ("measurement", "value_as_number"): 1,
        ("measurement", "unit_concept_id"): NO_UNIT_OF_IT,
    }
    found = {**tables, "death": pa.table(deaths), "condition_era": eras.filter(kept)}
    for (table, column), value in changed.items():
        found[table] = with_value(found[table], column, value)
    return found


def with_value(table, column, value):
    """Return a table with a value in the first 30 rows of a column."""
    place = table.column_names.index(column)
    values = [value] * 30 + table[column].to_pylist()[30:]
    return table.set_column(place, column, pa.array(values, table[column].type))


@pytest.fixture(scope="module")
def on_duckdb(sources):
    return {name: counts("duckdb", *source) for name, source in sources.items()}


def counts(engine, model, tables, checks=None):
    with ENGINES[engine](tables) as opened:
        report = run(opened, model, today=TODAY, checks=checks)
    return {
        (f.check.check, f.check.id): (
            f.status,
            f.violated_rows,
            f.denominator_rows,
            len(f.examples),
        )
        for f in report.findings
    }


def test_the_damage_reaches_every_kind_of_check(on_duckdb):
    found = {kind for part in on_duckdb.values() for (kind, _), c in part.items() if c[1]}
    assert sorted(set(RULES) - found - WRITTEN_BY_A_SITE) == []
    statuses = {c[0] for part in on_duckdb.values() for c in part.values()}
    assert Status.ERROR not in statuses


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("model", ["omop", "cdisc"])
def test_every_kind_of_check_counts_the_same_on_every_engine(engine, model, sources, on_duckdb):
    wanted = on_duckdb[model]
    checks = sample(checks_for(sources[model][0]), wanted, FEW_OF_A_KIND.get(engine))
    found = counts(engine, *sources[model], checks)
    assert len(found) == len(checks)
    assert {k: (c, wanted[k]) for k, c in found.items() if c != wanted[k]} == {}


def sample(checks, wanted, most):
    """Return all checks, or the `most` of each kind that find most."""
    if most is None:
        return checks
    by_kind = defaultdict(list)
    for check in sorted(checks, key=lambda c: -wanted[c.check, c.id][1]):
        by_kind[check.check].append(check)
    return [c for kind in by_kind.values() for c in kind[:most]]
