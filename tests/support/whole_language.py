"""Populations that between them use every class and every field of the language."""

from __future__ import annotations

from datetime import date

from qundao.query import (
    Abnormal,
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    ConceptItem,
    ConceptSet,
    ContinuousExposure,
    Counting,
    Criterion,
    Dated,
    DateRange,
    DateShift,
    Distinct,
    Domain,
    Entry,
    FixedOffset,
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
    PersonBySet,
    PersonCoded,
    PersonField,
    Population,
    Rule,
    TextOp,
    Textual,
    Window,
)

SETS = (
    ConceptSet(
        "drug",
        (
            ConceptItem(1, descendants=True),
            ConceptItem(2, mapped=True),
            ConceptItem(3, descendants=True, excluded=True),
        ),
    ),
    ConceptSet("empty", ()),
)
_YEAR_BEFORE = Window(-365, -1)
_NEARS = (
    Near(Criterion(Domain.DEATH)),
    Near(
        Criterion(Domain.DRUG, "drug", first=True, source_concepts="drug"),
        Window(None, 7, Anchor.END, Anchor.END, first_open=Anchor.END),
        Counting.AT_MOST,
        3,
        Distinct.DAY,
        Window(-30, None, last_open=Anchor.START),
        same_visit=True,
        outside_observation=True,
    ),
    Near(Criterion(Domain.CONDITION, "drug"), Window(0, 0), Counting.EXACTLY, 0),
    Near(Criterion(Domain.VISIT, "drug"), Window(None, -7), count=2),
    Near(Criterion(Domain.CONDITION, "drug"), Window(7, None), count=0),
)
_EVENT = Criterion(
    Domain.MEASUREMENT,
    "drug",
    where=(
        Abnormal(),
        Numeric("value_as_number", NumberRange(Op.BT, 1, 2.5)),
        Coded("unit", (8713, 8714), negated=True),
        CodedBySet("type", "drug", negated=True),
        CodedBySet("operator"),
        Aged(Anchor.END, NumberRange(Op.GTE, 18)),
        Dated(Anchor.START, DateRange(Op.NOT_BT, date(2020, 1, 1), date(2020, 2, 1))),
        Gender((8507, 8532)),
        PersonCoded(PersonField.RACE, (8515,)),
        PersonBySet(PersonField.ETHNICITY, "drug", negated=True),
    ),
    dates=DateShift(Anchor.END, 3, Anchor.START, 30),
    near=Group(
        Mode.AT_LEAST,
        _NEARS,
        (Gender((8507,)), Aged(Anchor.START, NumberRange(Op.LT, 65))),
        (Group(Mode.ANY, (Near(Criterion(Domain.DEATH), _YEAR_BEFORE),), (Gender((8532,)),)),),
        count=2,
    ),
)
WHOLE = Population(
    "whole",
    SETS,
    Entry(
        (
            _EVENT,
            Criterion(
                Domain.OBSERVATION,
                where=(Textual("value_as_string", TextOp.STARTS, "x", negated=True),),
            ),
            Criterion(Domain.OBSERVATION_PERIOD, within=Period(None, date(2020, 1, 1))),
        ),
        Observation(365, 30),
        Limit.FIRST,
    ),
    additional=Group(Mode.ALL, (_NEARS[0],), groups=(Group(Mode.ANY),)),
    qualified_limit=Limit.LAST,
    rules=(Rule("r", Group(Mode.AT_MOST, (_NEARS[0], _NEARS[3]), count=1)),),
    included_limit=Limit.FIRST,
    exit=ContinuousExposure("drug", 30, 7, 14),
    censoring=(Criterion(Domain.DEATH), Criterion(Domain.DRUG_ERA, "empty")),
    collapse_days=60,
    period=Period(date(2010, 1, 1), date(2020, 1, 1)),
)
OPEN = Population(
    "open",
    (),
    Entry((Criterion(Domain.DEATH),), None),
    exit=FixedOffset(Anchor.END, 90),
)
