"""Analyses over real engines: GiBleed (synthetic) and the CDISC pilot (a real trial)."""

import pytest
from sqlglot import select

from qundao.analysis import (
    Arm,
    Banded,
    Categorical,
    Continuous,
    Counts,
    KaplanMeier,
    Level,
    Table1,
    combine,
    gate_local,
    layout,
    local,
    result,
    tally,
)
from qundao.disclosure.thresholds import Floors
from qundao.engines import MemoryEngine, open_engine
from qundao.intake import write_pilot
from qundao.kernel.words import Words
from qundao.query import (
    AdamArm,
    AdamTimeToEvent,
    AgeAtIndex,
    Baseline,
    FollowUp,
    Sex,
    TimeToEvent,
    concept_set,
    new_users,
)
from qundao.query import Arm as Population
from qundao.query.criteria import Criterion
from qundao.query.domains import Domain
from support.analysis_cases import OPEN, pilot, rows_of
from support.gibleed import HOSPITAL_1, HOSPITAL_2, gibleed_file

POPULATIONS = (
    Population("celecoxib", new_users(1118084)),
    Population("diclofenac", new_users(1124300)),
)
ARMS = tuple(Arm(p.label, Words(p.label, p.label)) for p in POPULATIONS)
BLEEDING = TimeToEvent(
    POPULATIONS,
    Criterion(Domain.CONDITION, "bleeding"),
    365,
    (concept_set("bleeding", 192671),),
    follow_up=FollowUp.HORIZON,
)
COUNTS = Counts(BLEEDING, ARMS, 365)
TABLE1 = Table1(
    Baseline(POPULATIONS, (AgeAtIndex(), Sex())),
    ARMS,
    (
        Continuous("age", Words("年龄", "age"), Words("岁", "years"), 0, 120),
        Banded("age", Words("年龄组", "age group"), (35, 40, 45)),
        Categorical(
            "sex",
            Words("性别", "sex"),
            (Level("female", Words("女", "female")), Level("male", Words("男", "male"))),
        ),
    ),
)


@pytest.fixture(scope="module")
def gibleed():
    with open_engine(f"duckdb:{gibleed_file()}") as engine:
        yield engine


def whole(engine, spec, floors=OPEN):
    return result(spec, combine(layout(spec), [local(engine, spec).values]), floors)


def test_new_users_and_bleedings_of_all_gibleed(gibleed):
    rows = rows_of(whole(gibleed, COUNTS, Floors(10, 10)), "outcomes")
    assert [(r["persons"], r["with"]) for r in rows] == [(1844, 355), (850, 124)]
    assert [r["without"] for r in rows] == [1844 - 355, 850 - 124]
    assert rows[0]["percent"] == 19.3


def test_table1_of_all_gibleed_agrees_with_its_own_rows(gibleed):
    rows = TABLE1.rows(gibleed).to_pandas()
    document = rows_of(whole(gibleed, TABLE1), "baseline")
    ages = rows.groupby("arm")["age"]
    for arm in ("celecoxib", "diclofenac"):
        mean = next(r for r in document if "mean" in r["label"]["en"])[arm]
        assert mean["mean"] == pytest.approx(ages.mean()[arm], abs=1e-6)
        assert mean["sd"] == pytest.approx(ages.std()[arm], abs=1e-6)
    women = next(r for r in document if r["label"]["en"] == "  female")
    assert women["celecoxib"]["n"] == ((rows.arm == "celecoxib") & (rows.sex == "female")).sum()


def test_two_hospitals_add_up_to_their_records():
    """260 persons are in both hospitals: the sum counts records, not persons."""
    answers = []
    for where in (HOSPITAL_1, HOSPITAL_2):
        with open_engine(f"duckdb:{gibleed_file(where=where)}") as engine:
            gated = gate_local(COUNTS, local(engine, COUNTS), Floors(10, 10))
        answers.append(gated.values)
    document = result(COUNTS, combine(layout(COUNTS), answers), Floors(10, 10))
    persons = [r["persons"] for r in rows_of(document, "outcomes")]
    assert sum(persons) == 1465 + 1489
    assert document["nodes"] == 2


@pytest.mark.parametrize("kind", ["duckdb over parquet", "oracle"])
def test_the_pilot_through_an_engine_gives_the_cells_of_its_file(kind, tmp_path):
    source = AdamTimeToEvent(
        "TTDE",
        (AdamArm("placebo", ("Placebo",)), AdamArm("low", ("Xanomeline Low Dose",))),
    )
    names = tuple(Arm(n, Words(n, n)) for n in ("placebo", "low"))
    spec = KaplanMeier(source, names, tuple(range(0, 197, 28)))
    write_pilot(tmp_path)
    with open_engine(f"parquet:{tmp_path}") as duck:
        if kind == "oracle":
            tables = {
                name: duck.query(select("*").from_(name)).to_pylist() for name in ("adsl", "adtte")
            }
            assert local(MemoryEngine(tables), spec) == tally(pilot(), spec)
        else:
            assert local(duck, spec) == tally(pilot(), spec)
