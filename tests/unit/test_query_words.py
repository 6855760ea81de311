"""Definitions in words, in both languages."""

from __future__ import annotations

import pytest

from qundao.query import (
    AgeBand,
    Arm,
    BandedPredicate,
    HasDrug,
    ObservedYears,
    PersonSex,
    SexIs,
    StandardModel,
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
        "单位不属于 8713",
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
