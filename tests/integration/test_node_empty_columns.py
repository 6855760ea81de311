"""Columns that hold nothing: a condition on them is refused and is no zero (synthetic)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qundao.engines import model_version, open_engine
from qundao.models.omop import omop
from qundao.node.answerable import cannot_answer
from qundao.node.datasets import Version
from qundao.node.profile import Profiler
from qundao.query import (
    Abnormal,
    Coded,
    Criterion,
    Domain,
    Entry,
    Group,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    PersonCoded,
    PersonField,
    Population,
    concept_set,
)
from support.model_folder import write_model
from support.small_omop import COMMON, rows

UNIT, HIGH = 8713, NumberRange(Op.GTE, 10)
VALUE = Numeric("value_as_number", HIGH)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> str:
    """Values are recorded; units are all 0, limits, providers and visits are not recorded."""
    held = rows(0)
    held["measurement"] = [
        {"measurement_id": p["person_id"], "person_id": p["person_id"],
         "measurement_concept_id": COMMON, "measurement_date": date(2020, 5, 1),
         "measurement_type_concept_id": 0, "value_as_number": float(p["person_id"]),
         "unit_concept_id": 0}
        for p in held["person"]
    ]  # fmt: skip
    return write_model(tmp_path_factory.mktemp("empty"), omop("5.4"), held)


def lacking(dsn: str, *where: object, **near: object) -> list[str]:
    """Return what the source says that it lacks for measurements with these attributes."""
    asked = Criterion(Domain.MEASUREMENT, "wanted", where=where)
    group = Group(Mode.ALL, (Near(asked, **near),))
    entry = Entry((Criterion(Domain.CONDITION, "wanted"),), Observation())
    found = Population("p", (concept_set("wanted", COMMON, descendants=False),), entry, group)
    with open_engine(dsn) as engine:
        model = model_version(engine)
        body = {"profile": Profiler(engine, model, 10).run()}
        version = Version("m", "ehr", dsn, str(model), "", body, {}, "", "QD000001.1", [])
        told = cannot_answer(engine, replace(version, whole=False), found)
    assert {p.code for p in told} <= {"node.cannot_answer"}
    return [p.received for p in told]


def test_conditions_on_empty_columns_name_them(source: str) -> None:
    assert lacking(source) == lacking(source, VALUE) == []
    assert lacking(source, VALUE, Coded("unit", (UNIT,))) == ["measurement.unit_concept_id"]
    assert lacking(source, Coded("operator", (1,), negated=True)) == [
        "measurement.operator_concept_id"
    ]
    assert lacking(source, Numeric("range_low_ratio", HIGH)) == ["measurement.range_low"]
    assert lacking(source, Abnormal()) == [
        "measurement.range_low | range_high | value_as_concept_id"
    ]
    assert lacking(source, Coded("provider_specialty", (1,))) == ["measurement.provider_id"]
    assert lacking(source, same_visit=True) == ["measurement.visit_occurrence_id"]
    assert lacking(source, PersonCoded(PersonField.RACE, (8515,))) == ["person.race_concept_id"]


def test_zero_is_an_answer_to_who_asks_for_it(source: str) -> None:
    assert lacking(source, Coded("unit", (0, UNIT))) == []
    assert lacking(source, Coded("unit", (UNIT,), negated=True)) == []
