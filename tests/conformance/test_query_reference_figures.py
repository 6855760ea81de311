"""The figures that the reference data are known by."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pyarrow.compute as pc
import pytest

from qundao.engines import open_engine
from qundao.intake import write_pilot
from qundao.query import (
    AdamArm,
    AdamBaseline,
    AdamTimeToEvent,
    AgeAtIndex,
    AgeGroup,
    AnyPrior,
    Arm,
    BandedPredicate,
    Baseline,
    Criterion,
    Domain,
    HasCondition,
    HasDrug,
    InArm,
    PersonSex,
    Sex,
    SexIs,
    StandardModel,
    baseline,
    concept_set,
    count,
    new_users,
    persons,
    time_to_event,
    time_to_first,
)
from support.arrow_sources import duckdb_tables, parquet_tables
from support.gibleed import HOSPITAL_1, HOSPITAL_2, gibleed_file
from support.postgresql_data import dsn, schema_of

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "omop-gibleed"
CELECOXIB, DICLOFENAC, BLEEDING = 1118084, 1124300, 192671
ARMS = (Arm("celecoxib", new_users(CELECOXIB)), Arm("diclofenac", new_users(DICLOFENAC)))
STUDY = time_to_first(ARMS, BLEEDING, 365)


def events(table):
    return Counter(zip(table["arm"].to_pylist(), table["event"].to_pylist(), strict=True))


def on_both(run):
    """Run a test on DuckDB, and on PostgreSQL where `make test-postgresql` starts one."""
    engines = ("duckdb", pytest.param("postgresql", marks=pytest.mark.postgresql))
    return pytest.fixture(scope="module", params=engines)(run)


@on_both
def gibleed(request):
    with ExitStack() as held:
        source = f"duckdb:{gibleed_file()}"
        if request.param == "postgresql":
            source = dsn(held.enter_context(schema_of(duckdb_tables(gibleed_file()))))
        yield held.enter_context(open_engine(source))


def check_gibleed(engine):
    assert (persons(engine, new_users(CELECOXIB)), persons(engine, new_users(DICLOFENAC))) == (
        1844,
        850,
    )
    found = events(time_to_event(engine, STUDY))
    assert (found["celecoxib", True], found["diclofenac", True]) == (355, 124)
    assert sum(found.values()) == 1844 + 850


def test_new_users_and_bleeding_within_a_year_in_gibleed(gibleed):
    check_gibleed(gibleed)


def test_the_cleaned_package_and_the_reference_copy_agree():
    if not CASES.exists():
        pytest.skip("the reference cases (../shared/cases/omop-gibleed) are not here")
    with open_engine(f"parquet:{CASES}") as engine:
        check_gibleed(engine)


def test_two_hospitals_together_have_each_person_and_the_shared_ones_twice():
    found = Counter()
    for where in (HOSPITAL_1, HOSPITAL_2):
        with open_engine(f"duckdb:{gibleed_file(where=where)}") as engine:
            found += events(time_to_event(engine, STUDY))
            everyone = count(engine, BandedPredicate(StandardModel.OMOP))
            assert everyone == (1465 if where == HOSPITAL_1 else 1489)
    assert sum(found.values()) == 2694 + 260


def test_times_are_within_the_horizon_and_events_are_bleedings(gibleed):
    table = time_to_event(gibleed, STUDY)
    assert pc.min(table["time"]).as_py() >= 0
    assert pc.max(table["time"]).as_py() == 365
    censored = table.filter(pc.invert(table["event"]))
    assert pc.sum(pc.cast(pc.less(censored["time"], 365), "int64")).as_py() > 0


def test_baseline_of_gibleed_has_everyone_once(gibleed):
    bleeding = Criterion(Domain.CONDITION, "bleeding")
    asked = Baseline(
        ARMS,
        (AgeAtIndex(), Sex(), AnyPrior("bleeding", bleeding)),
        (concept_set("bleeding", BLEEDING),),
    )
    table = baseline(gibleed, asked)
    assert len(set(table["subject_id"].to_pylist())) == table.num_rows == 2694
    assert Counter(table["sex"].to_pylist()) == {"female": 1373, "male": 1321}
    assert table["age"].null_count == 0


def test_exploring_gibleed(gibleed):
    omop = StandardModel.OMOP
    assert count(gibleed, BandedPredicate(omop)) == 2694
    assert count(gibleed, BandedPredicate(omop, (HasCondition(BLEEDING),))) == 479
    assert count(gibleed, BandedPredicate(omop, (SexIs(PersonSex.MALE),))) == 1321
    assert count(gibleed, BandedPredicate(omop, (HasDrug(CELECOXIB),))) == 1844


TREATMENTS = {
    "placebo": "Placebo",
    "low": "Xanomeline Low Dose",
    "high": "Xanomeline High Dose",
}


@on_both
def pilot(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    write_pilot(folder)
    with ExitStack() as held:
        source = f"parquet:{folder}"
        if request.param == "postgresql":
            source = dsn(held.enter_context(schema_of(parquet_tables(folder))))
        yield held.enter_context(open_engine(source))


def at_risk(times, day):
    return sum(t >= day for t, _ in times)


def median(times):
    """Return the first day on which the Kaplan-Meier estimate is at most one half, else None."""
    alive = 1.0
    for day in sorted({t for t, event in times if event}):
        alive *= 1 - sum(t == day and e for t, e in times) / at_risk(times, day)
        if alive <= 0.5:
            return day
    return None


def test_time_to_first_dermatologic_event_in_the_pilot_study(pilot):
    arms = tuple(AdamArm(label, (value,)) for label, value in TREATMENTS.items())
    table = time_to_event(pilot, AdamTimeToEvent("TTDE", arms))
    times = {label: [] for label in TREATMENTS}
    for row in table.to_pylist():
        times[row["arm"]].append((row["time"], row["event"]))
    assert [sum(e for _, e in times[a]) for a in TREATMENTS] == [29, 62, 61]
    assert [median(times[a]) for a in TREATMENTS] == [None, 33, 36]
    assert [at_risk(times["placebo"], day) for day in (0, 20, 40)] == [86, 75, 65]


def test_baseline_of_the_pilot_study_matches_the_published_table(pilot):
    arms = tuple(AdamArm(label, (value,)) for label, value in TREATMENTS.items())
    rows = baseline(pilot, AdamBaseline(arms, ("age", "sex"))).to_pylist()
    ages = {a: [r["age"] for r in rows if r["arm"] == a] for a in TREATMENTS}
    assert [round(sum(v) / len(v), 1) for v in ages.values()] == [75.2, 75.7, 74.4]
    men = Counter(r["arm"] for r in rows if r["sex"] == "M")
    assert [men[a] for a in TREATMENTS] == [33, 34, 44]


def test_exploring_the_pilot_study(pilot):
    cdisc = StandardModel.CDISC
    assert count(pilot, BandedPredicate(cdisc)) == 254
    assert count(pilot, BandedPredicate(cdisc, (AgeGroup("65-80"),))) == 144
    asked = (AgeGroup("65-80"), SexIs(PersonSex.FEMALE), InArm("Placebo"))
    assert count(pilot, BandedPredicate(cdisc, asked)) == 22
