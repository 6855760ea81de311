"""The compiler: one query, values only as literals, and what a source lacks is said before."""

from __future__ import annotations

import pytest
from sqlglot import exp

from qundao import models, query
from qundao.kernel.errors import QundaoError
from qundao.query import (
    AdamPopulation,
    BandedPredicate,
    Equals,
    InArm,
    StandardModel,
    check,
    compile_query,
    new_users,
)
from qundao.query.engine import Column
from support.ascii_tables import MemoryEngine, database, duckdb_engine
from support.definitions import DEFINITIONS, RICH


def schema_of(*tables, without=()):
    every = {t.name: t for m in (models.omop("5.3"), models.cdisc()) for t in m.tables}
    return {
        name: tuple(Column(n, "VARCHAR") for n in table.names if n not in without)
        for name, table in every.items()
        if not tables or name in tables
    }


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: type(d).__name__)
def test_each_definition_is_one_query_in_each_dialect(definition, dialect):
    compiled = compile_query(definition, schema_of())
    assert isinstance(compiled, exp.Select)
    assert compiled.sql(dialect).startswith(("WITH", "SELECT"))
    assert compile_query(definition, schema_of()) == compiled


def test_equal_steps_are_made_once():
    """Both arms of a comparison, and a rule and a censoring event, share what they share."""
    compiled = compile_query(RICH, schema_of())
    bodies = [cte.this.sql("duckdb") for cte in compiled.find_all(exp.CTE)]
    assert len(bodies) == len(set(bodies))


def test_of_equal_stays_the_one_that_begins_an_era_is_numbered_first():
    """Engines put equal rows in any order: numbered later, it would leave the rest outside."""
    compiled = compile_query(new_users(1), schema_of())
    (island,) = (w for w in compiled.find_all(exp.Window) if isinstance(w.this, exp.Sum))
    last = island.args["order"].expressions[-1]
    assert (last.this, last.args["desc"]) == (island.this.this, True)


def test_text_from_a_definition_stays_text():
    hostile = "x' OR '1'='1"
    table = database({"adsl": "usubjid | trt01p\na | Placebo"}, models.cdisc("adam"))
    with duckdb_engine(table) as engine:
        asked = BandedPredicate(StandardModel.CDISC, (InArm(hostile),))
        assert query.count(engine, asked) == 0
        population = AdamPopulation("all", (Equals("adsl.trt01p", (hostile,)),))
        assert query.persons(engine, population) == 0
        assert query.count(engine, BandedPredicate(StandardModel.CDISC, (InArm("Placebo"),))) == 1


def test_a_source_that_lacks_a_table_or_column_says_so():
    schema = schema_of("drug_era", "person", without=("drug_era_end_date",))
    names = [dict(p.facts)["name"] for p in check(new_users(1), schema)]
    assert names == ["concept", "drug_era.drug_era_end_date"]
    assert check(new_users(1), schema_of()) == ()


def test_nothing_runs_on_a_source_that_cannot_answer():
    tables = database({}, models.cdisc("adam"))
    with duckdb_engine(tables) as engine, pytest.raises(QundaoError) as error:
        query.cohort(engine, new_users(1))
    assert {p.code for p in error.value.problems} == {"query.source_lacks"}


def test_an_engine_that_evaluates_is_asked_the_definition_itself():
    oracle = MemoryEngine.from_arrow(database({}))
    assert isinstance(oracle, query.Evaluates)
    assert query.cohort(oracle, new_users(1)).num_rows == 0
    assert query.count(oracle, BandedPredicate(StandardModel.OMOP)) == 0


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: type(d).__name__)
def test_both_engines_give_the_same_columns_and_types_for_no_rows(definition):
    tables = {**database({}), **database({}, models.cdisc())}
    oracle = MemoryEngine.from_arrow(tables)
    with duckdb_engine(tables) as engine:
        ours, theirs = (e for e in (oracle, engine))
        asked = query.run.ask  # the one door behind the five public functions
        assert asked(ours, definition).schema.equals(asked(theirs, definition).schema)
