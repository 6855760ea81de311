"""Reasons that rules give are told in the reader's language; typed ones stay as typed."""

from datetime import UTC, datetime

import pytest

from qundao.access.reasons import REASONS, UNANIMOUS, reason_words
from qundao.access.reviews import Review, Vote, outcome
from qundao.kernel.words import Words

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("code", REASONS)
def test_a_rule_s_reason_reads_in_both_languages(code):
    assert reason_words(code) == REASONS[code]


@pytest.mark.parametrize("typed", ["", "目的明确", "first line\nsecond line"])
def test_what_somebody_typed_stays_as_typed(typed):
    assert reason_words(typed) == typed


def test_the_conditions_after_a_rule_stay_as_typed():
    said = reason_words(f"{UNANIMOUS}\n仅限本单位\nno export")
    assert said == Words(
        "全体审查员意见一致\n仅限本单位\nno export", "all reviewers agree\n仅限本单位\nno export"
    )


@pytest.mark.parametrize(
    "votes",
    [
        (Vote.APPROVE, Vote.APPROVE),
        (Vote.REFUSE, Vote.REFUSE),
        (Vote.APPROVE, Vote.RETURN),
        (Vote.APPROVE, Vote.APPROVE_WITH_CONDITIONS),
        (Vote.APPROVE, Vote.APPROVE, Vote.REFUSE),
    ],
)
def test_every_outcome_names_a_rule_that_can_be_told(votes):
    conditions = {Vote.APPROVE_WITH_CONDITIONS: ("k = 20",)}
    cast = [Review(f"r{i}", v, "why", conditions.get(v, ()), NOW) for i, v in enumerate(votes)]
    found = outcome(cast)
    assert found is not None
    assert found.rule in REASONS
