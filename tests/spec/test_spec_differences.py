"""Groups that a node will not put side by side, because their difference is a few people.

Every case asks for counts of two groups with a smallest cell of 2 people.
"""

from __future__ import annotations

import pytest

from qundao.analysis import Arm as Column
from qundao.analysis import Counts
from qundao.kernel.words import Words
from qundao.query import (
    Arm,
    Counting,
    FollowUp,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    Observation,
    Rule,
    TimeToEvent,
)
from qundao.study import Contribution, PlannedAnalysis, plan_round
from qundao.study.differences import check_differences
from support.populations import THIRTY, condition, population

PERSON = """
    person_id | gender_concept_id | year_of_birth
    1         | 8532              | 1960
    2         | 8532              | 1961
    3         | 8532              | 1962
    4         | 8507              | 1963
    5         | 8507              | 1964
    6         | 8507              | 1965
    """
PERIODS = """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    2         | 2                     | 2020-01-01                    | 2020-12-31
    3         | 3                     | 2020-01-01                    | 2020-12-31
    4         | 4                     | 2020-01-01                    | 2020-12-31
    5         | 5                     | 2020-01-01                    | 2020-12-31
    6         | 6                     | 2020-02-15                    | 2020-12-31
    """
EVENTS = """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date
    1         | 1                       | 10                   | 2020-03-01
    2         | 2                       | 10                   | 2020-03-01
    3         | 3                       | 10                   | 2020-03-01
    4         | 4                       | 10                   | 2020-03-01
    5         | 5                       | 10                   | 2020-03-01
    6         | 6                       | 10                   | 2020-03-01
    1         | 7                       | 20                   | 2020-03-02
    2         | 8                       | 20                   | 2020-03-02
    4         | 9                       | 20                   | 2020-03-02
    5         | 10                      | 20                   | 2020-03-02
    6         | 11                      | 20                   | 2020-03-02
    1         | 12                      | 30                   | 2020-03-09
    """
NODE = {"QD000001.1": "node_1"}
NEAR = "study.near_groups"

ALL = population(limit=Limit.FIRST)


def only(group: Group):
    return population(limit=Limit.FIRST, rules=(Rule("rule", group),))


WOMEN = only(Group(Mode.ALL, person=(Gender((8532,)),)))
MEN = only(Group(Mode.ALL, person=(Gender((8507,)),)))
EITHER = only(Group(Mode.ANY, person=(Gender((8507,)), Gender((8532,)))))
WITH_TWENTY = only(Group(Mode.ALL, (Near(condition("twenty"), outside_observation=True),)))
WITHOUT_TWENTY = only(
    Group(
        Mode.ALL,
        (Near(condition("twenty"), counting=Counting.EXACTLY, count=0, outside_observation=True),),
    )
)


def washed_out(days):
    return population(limit=Limit.FIRST, observation=Observation(prior_days=days))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ((WOMEN, MEN), []),  # nobody in common
        ((ALL, WOMEN), []),  # three and three
        ((ALL, EITHER), []),  # the same six people, row by row
        ((ALL, WITH_TWENTY), [NEAR]),  # person 3 is the difference
        ((ALL, WITHOUT_TWENTY), []),  # one person, hidden whole by the smallest cell
        ((washed_out(0), washed_out(10)), []),  # everybody was observed ten days before
        ((washed_out(0), washed_out(30)), [NEAR]),  # person 6 was not
        ((WOMEN, WITH_TWENTY), [NEAR]),  # person 3 on one side, three on the other
        ((ALL, WOMEN, MEN), []),  # all are women or men
    ],
)
def test_groups_side_by_side(spec, groups, said):
    spec.given(person=PERSON, observation_period=PERIODS, condition_occurrence=EVENTS)
    arms = tuple(Arm(f"g{i}", g) for i, g in enumerate(groups))
    source = TimeToEvent(arms, condition("thirty"), 90, (THIRTY,), follow_up=FollowUp.HORIZON)
    counts = Counts(source, tuple(Column(a.label, Words("组", "group")) for a in arms), 90)
    words = Words("题", "title")
    parts = (Contribution("QD000001.1", counts.groups),)
    planned = PlannedAnalysis("a", words, parts, counts)
    found = check_differences(
        [planned],
        "QD000001.1",
        {"a": counts.rows(spec.engine)},
        lambda a: plan_round(a, NODE),
        2,
    )
    assert [p.code for p in found] == said
