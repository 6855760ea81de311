"""One definition of each kind, for tests that hold for all of them."""

from __future__ import annotations

from datetime import date

from qundao.query import (
    AdamArm,
    AdamBaseline,
    AdamPopulation,
    AdamTimeToEvent,
    AgeAtIndex,
    Aged,
    Anchor,
    AnyPrior,
    Arm,
    BandedPredicate,
    Baseline,
    Coded,
    Counting,
    Criterion,
    Dated,
    DateRange,
    Domain,
    EndOfObservation,
    Entry,
    Equals,
    Gender,
    Group,
    HasCondition,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    Period,
    PersonSex,
    Population,
    Rule,
    Sex,
    SexIs,
    StandardModel,
    TextOp,
    Textual,
    Window,
    concept_set,
    new_users,
    time_to_first,
)

RICH = Population(
    name="所有功能",
    concept_sets=(concept_set("a", 1, 2), concept_set("b", 3, descendants=False)),
    entry=Entry(
        (
            Criterion(
                Domain.MEASUREMENT,
                "a",
                first=True,
                where=(
                    Numeric("value_as_number", NumberRange(Op.BT, 1.5, 2)),
                    Coded("unit", (8713,), negated=True),
                    Aged(Anchor.START, NumberRange(Op.GTE, 18)),
                    Gender((8532,)),
                    Dated(Anchor.END, DateRange(Op.LT, date(2020, 1, 31))),
                ),
                near=Group(Mode.ANY, (Near(Criterion(Domain.DEATH)),)),
            ),
            Criterion(
                Domain.OBSERVATION, where=(Textual("value_as_string", TextOp.CONTAINS, "x"),)
            ),
        ),
        Observation(365, 1),
    ),
    rules=(
        Rule(
            "r",
            Group(
                Mode.AT_LEAST,
                (Near(Criterion(Domain.VISIT, "b"), Window(-30, None), Counting.EXACTLY, 0),),
                person=(Gender((8507,)),),
                count=1,
            ),
        ),
    ),
    exit=EndOfObservation(),
    censoring=(Criterion(Domain.DRUG, "b"),),
    collapse_days=30,
    period=Period(date(2010, 1, 1)),
)
ARMS = (AdamArm("p", ("Placebo",)), AdamArm("t", ("Low", "High")))
DEFINITIONS = [
    RICH,
    new_users(1118084, washout_days=365),
    time_to_first((Arm("a", new_users(1)), Arm("b", new_users(2))), 192671, 365),
    Baseline(
        (Arm("a", new_users(1)),),
        (AgeAtIndex(), Sex(), AnyPrior("gi", Criterion(Domain.CONDITION, "x"))),
        (concept_set("x", 192671),),
    ),
    AdamPopulation("safe", (Equals("adsl.saffl", ("Y",)),)),
    AdamTimeToEvent("TTDE", ARMS, (Equals("adsl.saffl", ("Y",)),)),
    AdamBaseline(ARMS, ("age", "sex")),
    BandedPredicate(StandardModel.OMOP, (SexIs(PersonSex.FEMALE), HasCondition(3))),
]
