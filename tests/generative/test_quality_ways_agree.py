"""Whatever the rows, the checks find the same: fused, fused as by a server, and one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import Level, checks_for, run
from support.engines import Sent
from support.model_folder import write_model

TODAY = date(2026, 1, 1)
TABLES = ("person", "observation_period", "visit_occurrence", "condition_occurrence", "measurement")
ASKED = ("200962", "197236", "3036277", "3025315")
CHECKS = [
    c
    for c in checks_for(omop("5.4"))
    if c.table in (*TABLES, "death", "condition_era")
    and (c.level is not Level.CONCEPT or c.concept_id in ASKED or c.check.endswith("Descendants"))
    and not c.check.startswith("cdm")
]

who = st.integers(1, 6)
day = st.integers(-20, 20).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
maybe = lambda values: st.none() | values  # noqa: E731
sexes = st.sampled_from([8507, 8532, 0, None])
# prostate, ovary and what lies in both sexes; body height in cm, in nothing, in kg
conditions = st.sampled_from([200962, 197236, 192671, 0])
measured = st.sampled_from([3036277, 3025315, 0])
units = st.sampled_from([8582, 9529, 0, None])


def rows(**fields):
    return st.lists(st.fixed_dictionaries(fields), max_size=8)


POPULATIONS = st.fixed_dictionaries(
    {
        "person": rows(
            person_id=who,
            gender_concept_id=sexes,
            year_of_birth=maybe(st.sampled_from([1840, 1970, 2020])),
            birth_datetime=st.none(),
        ),
        "observation_period": rows(
            observation_period_id=who,
            person_id=maybe(who),
            observation_period_start_date=day,
            observation_period_end_date=day,
        ),
        "visit_occurrence": rows(
            visit_occurrence_id=who, person_id=who, visit_start_date=day, visit_end_date=maybe(day)
        ),
        "death": rows(person_id=who, death_date=day),
        "condition_occurrence": rows(
            condition_occurrence_id=who,
            person_id=who,
            condition_concept_id=conditions,
            condition_start_date=day,
            condition_end_date=maybe(day),
            visit_occurrence_id=maybe(who),
        ),
        "condition_era": rows(condition_era_id=who, person_id=who),
        "measurement": rows(
            measurement_id=who,
            person_id=who,
            measurement_concept_id=measured,
            measurement_date=day,
            value_as_number=maybe(st.floats(-5, 300)),
            unit_concept_id=units,
        ),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ways")


@given(population=POPULATIONS)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_three_ways_find_the_same(folder, population):
    dsn = write_model(folder, omop("5.4"), population)
    with open_engine(dsn) as engine:
        fused = found(engine)
        assert fused == found(Sent(engine))
        assert fused == found(engine, fused=False)


def found(engine, **way):
    report = run(engine, omop("5.4"), checks=CHECKS, today=TODAY, **way)
    return [f.to_json() for f in report.findings]
