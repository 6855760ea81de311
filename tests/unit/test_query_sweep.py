"""The sweep: one reading for all definitions, in stretches, and what is left to the plain way."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from qundao import models
from qundao.query import (
    Aged,
    Anchor,
    ContinuousExposure,
    Criterion,
    Dated,
    DateRange,
    DateShift,
    Distinct,
    Domain,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    Period,
    Rule,
    Window,
    concept_set,
)
from qundao.query.batch import Named, run_alone, run_definitions
from qundao.query.sweep import Sweep, source
from qundao.query.sweep.days import codes, dates, moved
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.needs import needs_of
from support.ascii_tables import arrow_tables, duckdb_engine
from support.engines import Sent
from support.populations import condition, population

MODEL = models.omop("5.3")
ADULT = Rule("adult", Group(Mode.ALL, person=(Aged(Anchor.START, NumberRange(Op.GTE, 18)),)))
AFTER = Rule("then 20", Group(Mode.ALL, (Near(condition("twenty"), Window(0, 30)),)))
MEN = Rule("men", Group(Mode.ALL, person=(Gender((8507,)),)))
ASKED = (
    population(),
    population(rules=(ADULT, AFTER), included_limit=Limit.FIRST),
    population(condition("twenty", first=True), observation=Observation(30, 10)),
    population(rules=(MEN, AFTER), censoring=(condition("twenty"),)),
)


def rows(persons=60):
    """Rows of some persons: a period each, and events at days that follow from their number."""

    def day(n):
        return date(2020, 1 + n % 12, 1 + n % 28)

    events = [
        {"person_id": p, "condition_occurrence_id": 3 * p + i, "condition_concept_id": 10 + 10 * (i == 2),
         "condition_start_date": day(p + 5 * i), "condition_end_date": day(p + 5 * i)}
        for p in range(1, persons) for i in range(3)
    ]  # fmt: skip
    return {
        "person": [
            {"person_id": p, "year_of_birth": 1960 + p, "gender_concept_id": 8507 + 25 * (p % 2)}
            for p in range(1, persons)
        ],
        "observation_period": [
            {
                "person_id": p,
                "observation_period_id": p,
                "observation_period_start_date": date(2019, 6, 1),
                "observation_period_end_date": date(2020, 12, 31),
            }
            for p in range(1, persons)
        ],
        "condition_occurrence": events,
        "concept": [{"concept_id": c} for c in (10, 20)],
    }


def engine_over(given, **columns):
    tables = arrow_tables(given, MODEL)
    for name, column in columns.items():
        at = tables["condition_occurrence"].schema.get_field_index(name)
        tables["condition_occurrence"] = tables["condition_occurrence"].set_column(at, name, column)
    return duckdb_engine(tables)


def outcome(result):
    return result.id, result.sha, result.inclusion, {p.code for p in result.problems}


def named(populations=ASKED):
    return [Named(str(i), p) for i, p in enumerate(populations)]


def both_ways(engine, asked):
    """Return what definitions give together, which is what each gives alone."""
    together = [outcome(r) for r in run_definitions(engine, asked)]
    assert together == [outcome(run_alone(engine, n)) for n in asked]
    return together


def swept(engine, populations=ASKED):
    return list(Sweep(engine, populations).results(lambda _: None))


class Counting(Sent):
    """An engine that keeps the queries it is asked."""

    def __init__(self, engine):
        super().__init__(engine)
        self.asked, self.kept = [], []

    def query(self, query):
        self.asked.append(query.sql())
        return self._engine.query(query)

    def scratch(self, name, query):
        self.kept.append(query.sql())
        return self._engine.scratch(name, query)


def test_the_source_is_read_once_however_many_definitions_there_are():
    with engine_over(rows()) as engine:
        few, many = Counting(engine), Counting(engine)
        swept(few)
        swept(many, ASKED * 20)
    assert few.asked == many.asked
    read = [q for q in many.asked if "condition_start_date" in q]
    assert len(read) == 1
    assert len([q for q in many.asked if "observation_period_start_date" in q]) == 1


VISITED = Rule("visited", Group(Mode.ALL, (Near(Criterion(Domain.VISIT), Window(-5, 5)),)))


def with_visits():
    visits = [
        {"visit_occurrence_id": e["condition_occurrence_id"], "visit_concept_id": 9201,
         "person_id": e["person_id"], "visit_start_date": e["condition_start_date"],
         "visit_end_date": e["condition_end_date"]}
        for e in rows(90)["condition_occurrence"]
    ]  # fmt: skip
    events = [
        e | {"visit_occurrence_id": e["condition_occurrence_id"]}
        for e in rows()["condition_occurrence"]
    ]
    return {**rows(), "condition_occurrence": events, "visit_occurrence": visits}


def test_of_large_tables_one_definition_reads_the_persons_it_may_let_in(monkeypatch):
    asked = population(rules=(VISITED,))
    with engine_over(with_visits()) as engine:
        whole = swept(engine, (asked,))
        monkeypatch.setattr(source, "_FEW_ROWS", 1)
        alone, two = Counting(engine), Counting(engine)
        assert swept(alone, (asked,))[0].rows == whole[0].rows
        swept(two, (asked, *ASKED))
    (read,) = (q for q in alone.asked if "visit_start_date" in q and "COUNT" not in q)
    assert "person_id IN (SELECT" in read.replace("t.", "")
    assert whole[0].rows.num_rows
    (read,) = (q for q in two.asked if "visit_start_date" in q and "COUNT" not in q)
    assert "SELECT t.person_id FROM condition" not in read


def test_where_few_may_enter_nothing_is_read_of_others(monkeypatch):
    monkeypatch.setattr(source, "_FEW_ROWS", 1)
    monkeypatch.setattr(source, "_FEW_ENTRANTS", 60)
    many, few = population(), population(condition("twenty"))
    for populations, entrants in (((few,), True), ((many,), False), ((few, few), False)):
        with engine_over(rows()) as engine:
            told = Counting(engine)
            alone = [run_alone(engine, Named("a", p)).rows for p in populations]
            assert [r.rows for r in swept(told, populations)] == alone
        (read,) = (q for q in told.asked if "observation_period_start_date" in q)
        assert ("t.person_id IN (SELECT" in read) is entrants


def test_a_large_table_is_read_for_persons_of_a_small_one_too(monkeypatch):
    asked = population(rules=(VISITED,))
    monkeypatch.setattr(source, "_FEW_ROWS", 100)
    given = with_visits()
    given["condition_occurrence"] = given["condition_occurrence"][:60]
    with engine_over(given) as engine:
        told = Counting(engine)
        assert swept(told, (asked,))[0].rows == run_alone(engine, Named("a", asked)).rows
    (read,) = (q for q in told.asked if "visit_start_date" in q and "COUNT" not in q)
    assert "t.person_id IN (SELECT" in read
    (kept,) = told.kept
    assert "condition_concept_id IN (10)" in kept


def test_what_was_kept_is_let_go_when_a_reading_fails(monkeypatch):
    monkeypatch.setattr(source, "_FEW_ROWS", 1)
    with engine_over(with_visits()) as engine:
        failing = Counting(engine)

        def count(table):
            if failing.kept:
                raise RuntimeError("away")
            return 100

        monkeypatch.setattr(source.SlimSource, "_rows", lambda _, table: count(table))
        with pytest.raises(RuntimeError) as failure:  # it holds what was being read
            swept(failing, (population(rules=(VISITED,)),))
        assert failing.kept
        assert not engine._scratch
    assert failure.tb is not None


SINCE = Dated(Anchor.START, DateRange(Op.GT, date(2020, 2, 1)))
LATE = Criterion(Domain.CONDITION, "ten", where=(SINCE,))


@pytest.mark.parametrize(
    ("others", "asked"),
    [
        ((), True),
        ((replace(LATE, concepts="twenty"),), True),
        ((replace(LATE, first=True),), False),
        ((replace(LATE, dates=DateShift(start_days=40, end_days=50)),), False),
        ((condition("twenty"),), False),
    ],
)
def test_of_large_tables_the_days_that_all_criteria_ask_for_are_read(monkeypatch, others, asked):
    monkeypatch.setattr(source, "_FEW_ROWS", 1)
    found = population(LATE, *others)
    with engine_over(rows()) as engine:
        told = Counting(engine)
        assert swept(told, (found,))[0].rows == run_alone(engine, Named("a", found)).rows
    kept = [q for q in told.kept if "condition_start_date" in q]
    assert [" > CAST('2020-02-01' AS DATE)" in q for q in kept] == [asked]


@pytest.mark.parametrize(
    ("parts", "domain", "starts"),
    [
        ({}, Domain.CONDITION, {SINCE.range}),
        ({"rules": (Rule("r", Group(Mode.ALL, (Near(condition("ten")),))),)}, Domain.CONDITION,
         {SINCE.range, None}),
        ({"censoring": (condition("ten"),)}, Domain.CONDITION, {SINCE.range, None}),
        ({"exit": ContinuousExposure("ten"), "observation": Observation(), "rules": (Rule("r", Group(Mode.ALL, (Near(
            Criterion(Domain.DRUG, "ten", where=(SINCE,))),))),)}, Domain.DRUG,
         {SINCE.range, None}),
        ({"rules": (Rule("r", Group(Mode.ALL, (Near(Criterion(
            Domain.OBSERVATION_PERIOD, where=(SINCE,), within=Period(date(2020, 1, 1)))),))),)},
         Domain.OBSERVATION_PERIOD, {None}),
    ],
)  # fmt: skip
def test_whoever_asks_for_any_day_of_a_table_is_heard(parts, domain, starts):
    with engine_over(with_visits()) as engine:
        needs = needs_of(population(LATE, **parts), engine.schema)
    assert needs.domains[domain].starts == starts


def test_visits_of_events_are_read_where_a_definition_asks_for_them():
    same = Rule("same visit", Group(Mode.ALL, (Near(Criterion(Domain.VISIT), same_visit=True),)))
    counted = Near(condition("twenty"), Window(0, 30), distinct=Distinct.VISIT)
    once = Rule("in one visit", Group(Mode.ALL, (counted,)))
    for rules, read in (((VISITED,), False), ((same,), True), ((once,), True)):
        with engine_over(with_visits()) as engine:
            told = Counting(engine)
            asked = population(rules=rules)
            assert swept(told, (asked,))[0].rows == run_alone(engine, Named("a", asked)).rows
        (query,) = (q for q in told.asked if "condition_start_date" in q)
        assert ("t.visit_occurrence_id AS" in query) is read


@pytest.mark.parametrize("most", [1, 2_000, 6_000])
def test_stretches_of_persons_add_up_to_all_of_them(most):
    with engine_over(rows()) as engine:
        whole = swept(engine)
        told = []
        parts = list(Sweep(engine, ASKED).results(told.append, most))
        assert engine._scratch == set()
    assert len(told) > 2, "more than one stretch"
    assert [p.rows.to_pylist() for p in parts] == [w.rows.to_pylist() for w in whole]
    assert [set(p.masks) for p in parts] == [set(w.masks) for w in whole]
    assert any(p.rows.num_rows for p in parts)


def test_a_run_that_is_given_up_leaves_nothing_behind():
    with engine_over(rows()) as engine:
        results = Sweep(engine, ASKED).results(lambda _: None, 2_000)
        next(results)
        assert engine._scratch
        results.close()
        assert engine._scratch == set()


def test_ids_that_are_texts_are_left_to_the_plain_way():
    with engine_over(rows()) as engine:
        expected = both_ways(engine, named())
    given = rows()
    names = pa.array([f"v{r['condition_occurrence_id']:04}" for r in given["condition_occurrence"]])
    with engine_over(given, condition_occurrence_id=names) as engine:
        assert swept(engine) == [None] * len(ASKED)
        assert both_ways(engine, named()) == expected


def test_one_table_that_cannot_be_read_stops_only_who_asks_for_it():
    given = rows()
    given["drug_exposure"] = [
        {
            "person_id": 1,
            "drug_exposure_id": 1,
            "drug_concept_id": 10,
            "drug_exposure_start_date": date(2020, 2, 1),
            "days_supply": 2**40,
        }
    ]
    asked = [*named(), Named("drug", population(Criterion(Domain.DRUG, "ten")))]
    with engine_over(given) as engine:
        *fine, broken = both_ways(engine, asked)
    assert broken[3] == {"engines.query_failed"}
    assert all(not problems for *_, problems in fine)


def test_a_person_listed_twice_counts_as_in_a_query():
    given = rows()
    given["person"] += given["person"][:20]
    with engine_over(given) as engine:
        assert [s is None for s in swept(engine)] == [False, True, False, True]
        both_ways(engine, named())


def test_events_alike_but_for_an_attribute_are_left_to_the_plain_way():
    given = rows()
    alike = {
        "person_id": 1,
        "measurement_id": 1,
        "measurement_concept_id": 10,
        "measurement_date": date(2020, 2, 1),
    }
    given["measurement"] = [{**alike, "value_as_number": v} for v in (5.0, 1.0, 3.0)]
    low = Numeric("value_as_number", NumberRange(Op.LT, 2))
    first = population(Criterion(Domain.MEASUREMENT, "ten", first=True, where=(low,)))
    every = population(Criterion(Domain.MEASUREMENT, "ten", where=(low,)))
    with engine_over(given) as engine:
        assert swept(engine, [first, every])[0] is None
        assert swept(engine, [first, every])[1] is not None
        found = both_ways(engine, named([first, every]))
    assert [f[1] == "e3b0c44298fc1c14" for f in found] == [False, False]


def test_decimals_are_compared_as_the_engine_compares_them():
    given = rows()
    given["measurement"] = [
        {
            "person_id": 1,
            "measurement_id": i,
            "measurement_concept_id": 10,
            "measurement_date": date(2020, 2, i),
        }
        for i in (1, 2)
    ]
    tables = arrow_tables(given, MODEL)
    above = population(
        Criterion(
            Domain.MEASUREMENT, "ten", where=(Numeric("value_as_number", NumberRange(Op.GT, 13.7)),)
        )
    )
    view = 'CREATE OR REPLACE TABLE "measurement" AS SELECT * REPLACE (CAST(13.7 AS DECIMAL(18, 3)) AS value_as_number) FROM "measurement"'
    with duckdb_engine(tables, view) as engine:
        assert swept(engine, [above])[0].rows.num_rows == 0
        assert both_ways(engine, named([above, above]))[0][1] == "e3b0c44298fc1c14"


def test_days_are_codes_and_back():
    given = [date(1, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(9999, 12, 31)]
    assert dates(codes(pa.chunked_array([given]))).to_pylist() == given
    absent = codes(pa.chunked_array([[None, date(2020, 1, 1)]], pa.date32()))
    later = moved(absent, 30)
    assert later[0] == absent[0]
    assert dates(later[1:]).to_pylist() == [date(2020, 1, 31)]
    assert (absent[0] > absent[1:]).all()


def test_a_day_beyond_the_calendar_is_not_swept():
    beyond = pa.chunked_array([pa.array([2_932_897], pa.int32()).cast(pa.date32())])
    with pytest.raises(UnfitError, match="9999"):
        codes(beyond)


def test_nobody_has_the_columns_and_types_of_somebody():
    with engine_over({}) as engine:
        none = [s.rows for s in swept(engine)]
        assert both_ways(engine, named())[0][1] == "e3b0c44298fc1c14"
        alone = run_alone(engine, Named("0", ASKED[0])).rows
    assert all(n.schema == alone.schema and n.num_rows == 0 for n in none)


@pytest.mark.parametrize("op", [Op.LT, Op.EQ, Op.GTE])
def test_floats_of_32_bits_are_compared_as_the_engine_compares_them(op):
    given = rows()
    given["measurement"] = [
        {
            "person_id": 1,
            "measurement_id": 1,
            "measurement_concept_id": 10,
            "measurement_date": date(2020, 2, 1),
            "value_as_number": 13.7,
        }
    ]
    tables = arrow_tables(given, MODEL)
    value = Numeric("value_as_number", NumberRange(op, 13.7))
    asked = population(Criterion(Domain.MEASUREMENT, "ten", where=(value,)))
    view = 'ALTER TABLE "measurement" ALTER COLUMN value_as_number TYPE FLOAT'
    with duckdb_engine(tables, view) as engine:
        assert swept(engine, [asked])[0] is not None
        found = both_ways(engine, named([asked, asked]))
    assert (found[0][1] == "e3b0c44298fc1c14") == (op is Op.LT)


def test_an_unknown_cause_of_death_is_in_no_set():
    given = rows()
    given["death"] = [{"person_id": 1, "death_date": date(2020, 2, 1)}]
    given["concept"].append({"concept_id": 0})
    nothing = concept_set("none", 0, descendants=False)
    of_none = population(Criterion(Domain.DEATH, "none"), sets=(nothing,))
    of_any = population(Criterion(Domain.DEATH), sets=(nothing,))
    with engine_over(given) as engine:
        assert swept(engine, [of_none, of_any])[0] is None
        found = both_ways(engine, named([of_none, of_any]))
    assert [f[1] == "e3b0c44298fc1c14" for f in found] == [True, False]
