"""The protocol: complete, consistent, locked; every defect with its place."""

import copy
from dataclasses import replace

import pytest

from qundao.analysis import KaplanMeier
from qundao.analysis.groups import Arm
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.study import (
    Contribution,
    PlannedAnalysis,
    StudyProtocol,
    locked_protocol,
    protocol_digest,
    protocol_from_json,
    protocol_words,
)
from support.analysis_cases import counts, km, table1

TITLE = Words("皮肤事件", "dermatologic events")
QUESTION = Words("更早吗？", "does it come earlier?")
A, B = "QD000001.1", "QD000002.1"


def planned(name="survival", spec=None, contributions=None):
    given = contributions or (Contribution(A, ("one", "two")), Contribution(B, ("one",)))
    return PlannedAnalysis(name, TITLE, given, spec or km((0, 28, 56), "one", "two"))


def protocol(*analyses, datasets=(A, B)):
    return StudyProtocol(TITLE, QUESTION, datasets, analyses or (planned(),))


def defects(call, *arguments, **named):
    with pytest.raises(QundaoError) as caught:
        call(*arguments, **named)
    return sorted((p.where, p.code) for p in caught.value.problems)


def test_reads_what_it_writes_and_keeps_its_digest():
    both = protocol(planned(), planned("baseline", table1("one", "two")))
    again = protocol_from_json(both.to_json())
    assert again == both
    assert protocol_digest(again) == protocol_digest(both)


def test_the_digest_moves_with_every_part():
    seen = {
        protocol_digest(p)
        for p in (
            protocol(),
            protocol(planned("other")),
            protocol(planned(spec=km((0, 28, 57), "one", "two"))),
            protocol(planned(contributions=(Contribution(A, ("one", "two")),)), datasets=(A,)),
            StudyProtocol(QUESTION, QUESTION, (A, B), (planned(),)),
        )
    }
    assert len(seen) == 5


def test_only_the_locked_protocol_is_read_as_such():
    data, locked = protocol().to_json(), protocol_digest(protocol())
    assert locked_protocol(data, locked) == protocol()
    data["question"]["en"] += "?"
    assert defects(locked_protocol, data, locked) == [("protocol", "study.not_the_locked_protocol")]


def test_all_defects_of_a_document_at_once():
    data = copy.deepcopy(protocol().to_json())
    data["title"] = {"zh": "只有中文"}
    data["datasets"][1] = 2
    data["analyses"][0]["spec"]["grid"] = [0, "x"]
    data["analyses"][0]["contributions"][1] = {"accession": B}
    data["note"] = "hello"
    assert [w for w, _ in defects(protocol_from_json, data)] == [
        "$.analyses[0].contributions[1].groups",
        "$.analyses[0].spec.grid[1]",
        "$.datasets[1]",
        "$.note",
        "$.title.en",
    ]


@pytest.mark.parametrize("data", [None, [], 7, {}, {"schema": "qundao.study/9"}])
def test_something_else_entirely_is_refused(data):
    assert {c for _, c in defects(protocol_from_json, data)} == {"study.bad_protocol"}


@pytest.mark.parametrize(
    ("contributions", "where"),
    [
        ((), "contributions"),
        ((Contribution(A, ("one",)),), "contributions"),  # nobody contributes two
        ((Contribution(A, ("one", "three")), Contribution(B, ("two",))), "contributions[0].groups"),
        ((Contribution("QD000001", ("one", "two")),), "contributions[0].accession"),
        ((Contribution("x", ("one", "two")),), "contributions[0].accession"),
        ((Contribution(A, ("one", "two")), Contribution(A, ("one",))), "contributions"),
        ((Contribution(A, ("one", "two")), Contribution(B, ())), "contributions[1].groups"),
    ],
)
def test_contributions_name_versions_and_groups(contributions, where):
    spec = km((0, 28), "one", "two")
    found = defects(PlannedAnalysis, "a", TITLE, contributions, spec)
    assert where in [w for w, _ in found]


@pytest.mark.parametrize("name", ["", "A", "a b", "x" * 65])
def test_an_analysis_is_well_named(name):
    assert ("id", "study.bad_protocol") in defects(planned, name)


def test_an_analysis_does_not_send_a_flood():
    wide = tuple(f"arm_{i}" for i in range(20))
    spec = km(range(1500), *wide)
    found = defects(planned, "a", spec, (Contribution(A, wide),))
    assert found == [("spec", "study.bad_protocol")]


class TestWhole:
    def test_datasets_are_versions_used_and_listed_once(self):
        assert ("$.datasets[0]", "study.bad_protocol") in defects(
            protocol, datasets=("QD000001", B)
        )
        assert defects(protocol, datasets=(A,)) == [
            ("$.analyses[0].contributions", "study.bad_protocol")
        ]
        assert defects(protocol, datasets=(A, B, "QD000003.1")) == [
            ("$.datasets", "study.bad_protocol")
        ]
        assert defects(protocol, datasets=(A, B, B)) == [("$.datasets", "study.bad_protocol")]

    def test_analyses_differ_in_their_ids(self):
        assert ("$.analyses", "study.bad_protocol") in defects(
            protocol, planned(), planned(spec=table1("one", "two"))
        )

    def test_two_splits_of_one_outcome_are_refused_because_their_difference_is_a_table(self):
        found = defects(protocol, planned(), planned("year", counts(365, "one", "two")))
        assert found == [("$.analyses[1]", "study.overlap")]
        finer = planned("finer", km((0, 7, 56), "one", "two"))
        assert defects(protocol, planned(), finer) == [("$.analyses[1]", "study.overlap")]

    def test_two_splits_of_one_variable_are_refused_too(self):
        one = planned("a", table1("one", "two"))
        assert defects(protocol, one, planned("b", table1("one", "two"))) == [
            ("$.analyses[1]", "study.overlap")
        ]

    def test_different_questions_about_the_same_people_are_not(self):
        both = protocol(planned(), planned("baseline", table1("one", "two")))
        assert both.analysis("baseline").id == "baseline"

    def test_an_unknown_analysis_is_refused_with_the_known_ones(self):
        assert defects(protocol().analysis, "x") == [("analysis", "study.unknown_analysis")]

    def test_says_in_words_what_will_be_computed_from_whose_data(self):
        question, analysis, definition = protocol_words(protocol())
        assert "earlier" in question.en
        assert A in analysis.zh
        assert "TTDE" in definition.zh
        assert "\n" not in definition.en
        assert "Kaplan–Meier" in analysis.zh
        assert isinstance(protocol().analyses[0].spec, KaplanMeier)

    def test_says_who_gives_which_group_by_the_name_people_know(self):
        named = replace(
            km((0, 28, 56), "one", "two"),
            arms=(Arm("one", Words("安慰剂", "placebo")), Arm("two", Words("试验药", "treated"))),
        )
        _, analysis, definition = protocol_words(protocol(planned(spec=named)))
        assert "“安慰剂”" in definition.zh
        assert "“placebo”" in definition.en
        assert "“one”" not in definition.zh + definition.en
        assert f"数据来源：{A} 提供安慰剂、试验药；{B} 提供安慰剂）" in analysis.zh
        assert f"(sources: {A} gives placebo, treated; {B} gives placebo)" in analysis.en
