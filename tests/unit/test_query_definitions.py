"""An object that exists is valid: what constructors refuse, and how they say it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import (
    Abnormal,
    AdamArm,
    AdamBaseline,
    AdamTimeToEvent,
    AgeAtIndex,
    Anchor,
    Arm,
    Baseline,
    Coded,
    ConceptItem,
    ConceptSet,
    ContinuousExposure,
    Counting,
    Criterion,
    DateShift,
    Distinct,
    Domain,
    EndOfObservation,
    Entry,
    Equals,
    FixedOffset,
    Group,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Op,
    Period,
    Population,
    Rule,
    Sex,
    TextOp,
    Textual,
    TimeToEvent,
    Window,
    concept_set,
    new_users,
)

DEATH = Criterion(Domain.DEATH)
ANY = Group(Mode.ALL, (Near(DEATH),))
ENTRY = Entry((DEATH,))
ARM = Arm("a", new_users(1))
PLACEBO = (AdamArm("p", ("Placebo",)),)

REFUSED = {
    "name": lambda: Population(" ", (), ENTRY),
    "concept_id": lambda: ConceptItem(2**31),
    "items": lambda: ConceptSet("a", (ConceptItem(1),) * 20_001),
    "value": lambda: NumberRange(Op.GT, float("nan")),
    "extent": lambda: NumberRange(Op.BT, 2, 1),
    "concepts": lambda: Coded("unit", ()),
    "text": lambda: Textual("value_as_string", TextOp.CONTAINS, "a\x00"),
    "where[0].field": lambda: Criterion(
        Domain.VISIT, where=(Numeric("days_supply", NumberRange(Op.GT, 1)),)
    ),
    "source_concepts": lambda: Criterion(Domain.DRUG_ERA, source_concepts="a"),
    "last_day": lambda: Window(1, 400_000),
    "first_day": lambda: Window(-400_000),
    "count": lambda: Near(DEATH, count=-1),
    "distinct": lambda: Near(DEATH, distinct=Distinct.QUANTITY),
    "within": lambda: Criterion(Domain.DEATH, within=Period(date(2020, 1, 1))),
    "where[0]": lambda: Criterion(Domain.DEATH, where=(Abnormal(),)),
    "start_days": lambda: DateShift(start_days=400_000),
    "gap_days": lambda: ContinuousExposure("a", gap_days=-1),
    "supply_days": lambda: ContinuousExposure("a", supply_days=-1),
    "same_visit": lambda: Near(DEATH, same_visit=True),
    "criteria": lambda: Entry(()),
    "concept_sets": lambda: Population("a", (), Entry((Criterion(Domain.DRUG, "b"),))),
    "rules": lambda: Population("a", (), ENTRY, rules=(Rule("r", ANY), Rule("r", ANY))),
    "exit": lambda: Population("a", (), Entry((DEATH,), None), exit=EndOfObservation()),
    "days": lambda: FixedOffset(Anchor.START, -400_000),
    "first": lambda: Period(),
    "label": lambda: Arm("", new_users(1)),
    "arms": lambda: TimeToEvent((ARM, ARM), DEATH, 365),
    "horizon_days": lambda: TimeToEvent((ARM,), DEATH, 5, first_day=6),
    "outcome.near": lambda: TimeToEvent((ARM,), dataclasses.replace(DEATH, near=ANY), 5),
    "covariates": lambda: Baseline((ARM,), (AgeAtIndex("x"), Sex("x"))),
    "variable": lambda: Equals("dm.sex", ("F",)),
    "values": lambda: AdamArm("p", ()),
    "paramcd": lambda: AdamTimeToEvent("'; DROP", PLACEBO),
    "arm_variable": lambda: AdamTimeToEvent("TTDE", PLACEBO, arm_variable="adae.trta"),
    "filters[0].variable": lambda: AdamBaseline(PLACEBO, ("age",), (Equals("adtte.trtp", ("x",)),)),
    "variables": lambda: AdamBaseline(PLACEBO, ("age", "age")),
}


@pytest.mark.parametrize("where", REFUSED)
def test_an_invalid_part_is_refused_where_it_is(where):
    with pytest.raises(QundaoError) as error:
        REFUSED[where]()
    (problem,) = error.value.problems
    assert (problem.code, problem.where) == ("query.invalid", where)
    for language in ("zh", "en"):
        text = problem.text(language)
        assert text["required"] not in ("", "–")


def test_a_group_counts_where_its_mode_does():
    for group in (
        lambda: Group(Mode.AT_LEAST, (Near(DEATH),), count=-1),
        lambda: Group(Mode.AT_LEAST, (Near(DEATH),)),
        lambda: Group(Mode.ALL, (Near(DEATH),), count=1),
    ):
        with pytest.raises(QundaoError) as error:
            group()
        assert error.value.problems[0].where == "count"
    assert Near(DEATH, counting=Counting.AT_MOST, count=0).count == 0


def test_one_treatment_belongs_to_one_arm():
    with pytest.raises(QundaoError, match="Placebo"):
        AdamTimeToEvent("TTDE", (*PLACEBO, AdamArm("q", ("Placebo",))))


def test_a_covariate_cannot_take_the_name_of_a_key():
    with pytest.raises(QundaoError) as error:
        AgeAtIndex("arm")
    assert error.value.problems[0].where == "name"


def test_definitions_can_be_compared_and_used_as_keys():
    again = new_users(1118084)
    assert {new_users(1118084): 1}[again] == 1
    assert new_users(1118084) != new_users(1124300)
    assert concept_set("a", 1) == ConceptSet("a", (ConceptItem(1, descendants=True),))
