"""Definitions in words, in both languages."""

from __future__ import annotations

import pytest

from qundao.query import (
    AgeBand,
    Aged,
    Anchor,
    Arm,
    BandedPredicate,
    ContinuousExposure,
    Counting,
    Criterion,
    Domain,
    Entry,
    FixedOffset,
    Group,
    HasDrug,
    Limit,
    Mode,
    Near,
    NumberRange,
    Observation,
    ObservedYears,
    Op,
    PersonSex,
    Population,
    Rule,
    SexIs,
    StandardModel,
    Window,
    concept_set,
    new_users,
    time_to_first,
    words,
)
from support.definitions import DEFINITIONS, RICH


def test_a_study_question_reads_as_sentences():
    arm = Arm("celecoxib", new_users(1118084, name="celecoxib", washout_days=365))
    text = words(time_to_first((arm,), 192671, 365))
    assert text.zh.split("\n") == [
        "从入组日到首次结局的天数，自第 0 天至第 365 天：“outcome”的诊断记录",
        "观察期结束时删失",
        "概念集“outcome”：192671（含下级）",
        "组“celecoxib”：",
        "  人群“celecoxib”",
        "  入组事件：“drug”的用药时段记录，每人首次",
        "  须在观察期内，此前至少 365 天",
        "  每人只取最早一次入组的事件",
        "  入组事件结束当日退出",
        "  概念集“drug”：1118084",
    ]
    assert "Under observation, at least 365 days before" in text.en
    assert "drug era of “drug”, the person's first ever" in text.en


def test_an_exploring_question_is_one_sentence():
    question = BandedPredicate(
        StandardModel.OMOP,
        (SexIs(PersonSex.FEMALE), AgeBand("40-49"), HasDrug(7), ObservedYears(5)),
    )
    assert words(question).zh == (
        "数据截止时年龄 40-49 岁，且用过药物 7（含下级），且连续观察至少 5 年，且女性"
    )
    assert words(BandedPredicate(StandardModel.OMOP)).en == "everyone"


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: type(d).__name__)
def test_both_languages_say_the_same_in_as_many_lines(definition):
    text = words(definition)
    assert text.zh.count("\n") == text.en.count("\n")
    assert "{" not in text.zh + text.en
    assert text.zh != text.en


def test_every_part_of_a_rich_definition_is_said():
    text = words(RICH)
    for said in (
        "数值结果在 1.5 至 2 之间",
        "单位不属于 g/dL (8713)",
        "开始时年龄不小于 18 岁",
        "性别为女",
        "结束日期早于 2020-01-31",
        "满足以下至少 1 项",
        "没有“b”的就诊记录",
        "开始于入组事件开始前 30 天起的任何时间",
        "文本结果包含“x”",
        "间隔不超过 30 天的时段合并",
        "仅计 2010-01-01 起",
        "提前退出：“b”的用药记录",
    ):
        assert said in text.zh, said


STROKE = Population(
    "stroke",
    (concept_set("stroke", 443454), concept_set("ward", 9201, 262, descendants=False)),
    Entry(
        (Criterion(Domain.CONDITION, "stroke"), Criterion(Domain.DEATH, "stroke")),
        Observation(365),
    ),
    additional=Group(
        Mode.ALL,
        (
            Near(
                Criterion(Domain.VISIT, "ward"),
                Window(None, 0),
                second_window=Window(0, None, event=Anchor.END),
            ),
        ),
    ),
    qualified_limit=Limit.FIRST,
    rules=(
        Rule(
            "no earlier stroke on a ward",
            Group(
                Mode.ALL,
                (
                    Near(
                        Criterion(
                            Domain.CONDITION,
                            "stroke",
                            near=Group(
                                Mode.ANY,
                                (Near(Criterion(Domain.VISIT, "ward"), Window(0, 0)),),
                                (Aged(Anchor.START, NumberRange(Op.GTE, 18)),),
                            ),
                        ),
                        Window(-365, -1),
                        Counting.EXACTLY,
                        0,
                        outside_observation=True,
                    ),
                ),
            ),
        ),
    ),
    exit=FixedOffset(Anchor.END, 30),
    collapse_days=7,
)


def test_a_phenotype_reads_as_a_reviewer_would_say_it():
    assert words(STROKE).zh.split("\n") == [
        "人群“stroke”",
        "入组事件：以下任意一项",
        "  - “stroke”的诊断记录",
        "  - “stroke”的死亡记录",
        "须在观察期内，此前至少 365 天",
        "附加条件：",
        "  有“ward”的就诊记录，开始于入组事件开始当日或之前，且结束于入组事件开始当日或之后",
        "每人只取最早一次符合附加条件的事件",
        "入选规则“no earlier stroke on a ward”：",
        "  没有“stroke”的诊断记录，开始于入组事件开始日的前 365 天至前 1 天，观察期之外也算；"
        "只计这样的事件：满足以下任意一项：",
        "    - 有“ward”的就诊记录，开始于该事件开始当日",
        "    - 开始时年龄不小于 18 岁",
        "入组事件结束后 30 天退出，至迟到观察期结束",
        "间隔不超过 7 天的时段合并",
        "概念集“stroke”：443454（含下级）",
        "概念集“ward”：9201；262",
    ]
    assert words(STROKE).en.split("\n") == [
        "Population “stroke”",
        "Enters with: any of",
        "  - condition of “stroke”",
        "  - death of “stroke”",
        "Under observation, at least 365 days before",
        "Additional criteria:",
        "  any visit of “ward”, starting on or before the entry event's start"
        " and ending on or after the entry event's start",
        "Only each person's earliest event that qualifies",
        "Inclusion rule “no earlier stroke on a ward”:",
        "  no condition of “stroke”, starting from 365 days before to 1 day before,"
        " counted from the entry event's start, also outside observation;"
        " events count that have around them any of:",
        "    - any visit of “ward”, starting on the day of the event's start",
        "    - age at start at least 18 years",
        "Leaves 30 days after the entry event's end, at the end of observation at the latest",
        "Stays up to 7 days apart are one",
        "Concept set “stroke”: 443454 (with descendants)",
        "Concept set “ward”: 9201; 262",
    ]


EXPOSED = Population(
    "exposed",
    (concept_set("drug", 1),),
    Entry((Criterion(Domain.DRUG, "drug", first=True),)),
    exit=ContinuousExposure("drug", 30, 7),
    censoring=(Criterion(Domain.DEATH),),
)


def test_the_end_of_an_exposure_is_said():
    assert words(EXPOSED).zh.split("\n")[3:5] == [
        "“drug”的连续用药结束时退出：间隔不超过 30 天的用药算连续，每次用药结束后再加 7 天，"
        "至迟到观察期结束",
        "出现以下事件时提前退出：死亡记录",
    ]
