"""Blinded votes: what nobody may see, and what the votes amount to, whatever comes in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.access.permissions import Act
from qundao.access.reviews import (
    QUORUM,
    Review,
    Vote,
    complete,
    joined_conditions,
    needed,
    outcome,
    require_outcome,
    visible,
)
from qundao.access.states import State, targets
from qundao.kernel.errors import QundaoError

AT = datetime(2026, 11, 23, tzinfo=UTC)
YES = (Vote.APPROVE, Vote.APPROVE_WITH_CONDITIONS)


def review(name: str, vote: Vote) -> Review:
    conditions = (f"条件 {name}",) if vote is Vote.APPROVE_WITH_CONDITIONS else ()
    return Review(name, vote, "理由", conditions, AT)


votes = st.lists(st.sampled_from(Vote), max_size=6)


def reviews(cast):
    return [review(f"r{n}", vote) for n, vote in enumerate(cast)]


@given(votes, st.integers(0, 7))
def test_until_the_votes_are_in_a_reviewer_sees_no_vote_but_their_own(cast, number):
    held, viewer = reviews(cast), f"r{number}"
    seen = visible(held, viewer, decided=False)
    if complete(held):
        assert list(seen) == held
    else:
        assert [r.reviewer for r in seen] == [r.reviewer for r in held if r.reviewer == viewer]


@given(votes, st.integers(0, 7))
def test_a_round_is_not_complete_before_all_who_are_assigned_have_voted(cast, assigned):
    held = reviews(cast)
    if len(cast) < assigned:
        assert not complete(held, assigned)
        assert visible(held, "operator", decided=False, assigned=assigned) == ()
        with pytest.raises(QundaoError) as refused:
            require_outcome(held, assigned)
        assert refused.value.code == "access.reviews_missing"
        assert needed(held, assigned) == max(QUORUM, assigned)
    elif assigned >= QUORUM:
        assert complete(held, assigned) is (outcome(held) is not None)


@given(votes)
def test_others_than_reviewers_see_nothing_of_an_open_round(cast):
    held = reviews(cast)
    assert bool(visible(held, "operator", decided=False)) is complete(held)
    assert list(visible(held, "operator", decided=True)) == held


@given(votes, st.randoms())
def test_the_order_of_votes_is_nothing(cast, random):
    shuffled = list(cast)
    random.shuffle(shuffled)
    first, second = outcome(reviews(cast)), outcome(reviews(shuffled))
    assert (first and first.state) == (second and second.state)


@given(votes)
def test_fewer_than_two_votes_decide_nothing_and_a_refusal_is_never_approved_by_a_tie(cast):
    found = outcome(reviews(cast))
    if len(cast) < QUORUM:
        assert found is None
    if found and found.state in (State.APPROVED, State.APPROVED_WITH_CONDITIONS):
        assert sum(v in YES for v in cast) * 2 > len(cast)
        assert Vote.RETURN not in cast or Vote.REFUSE in cast
    if found:
        assert found.state in targets(Act.APPLICATION_DECIDE, State.IN_REVIEW)


@given(votes)
def test_conditions_are_never_lost(cast):
    held = reviews(cast)
    found = outcome(held)
    asked = sum(v is Vote.APPROVE_WITH_CONDITIONS for v in cast)
    if found and found.state in (State.APPROVED, State.APPROVED_WITH_CONDITIONS):
        assert len(found.conditions) == asked
        assert (found.state is State.APPROVED_WITH_CONDITIONS) is bool(asked)
        assert found.conditions == joined_conditions(held)


@given(votes)
def test_a_round_asks_for_two_votes_or_for_one_more(cast):
    held = reviews(cast)
    expected = QUORUM if len(cast) < QUORUM else len(cast) + (outcome(held) is None)
    assert needed(held) == expected
    if outcome(held) is None:
        with pytest.raises(QundaoError) as refused:
            require_outcome(held)
        assert refused.value.code == "access.reviews_missing"
    else:
        assert require_outcome(held) == outcome(held)


@pytest.mark.parametrize(
    ("cast", "expected"),
    [
        ((Vote.APPROVE, Vote.APPROVE), State.APPROVED),
        ((Vote.APPROVE, Vote.APPROVE_WITH_CONDITIONS), State.APPROVED_WITH_CONDITIONS),
        ((Vote.APPROVE, Vote.RETURN), State.RETURNED),
        ((Vote.APPROVE, Vote.REFUSE), None),
        ((Vote.RETURN, Vote.REFUSE), None),
        ((Vote.REFUSE, Vote.REFUSE), State.REFUSED),
        ((Vote.APPROVE, Vote.REFUSE, Vote.REFUSE), State.REFUSED),
        ((Vote.APPROVE, Vote.REFUSE, Vote.APPROVE), State.APPROVED),
        ((Vote.APPROVE, Vote.REFUSE, Vote.RETURN), None),
        ((Vote.RETURN, Vote.RETURN, Vote.REFUSE), State.RETURNED),
        ((Vote.APPROVE,), None),
    ],
)
def test_the_published_rule(cast, expected):
    found = outcome(reviews(cast))
    assert (found.state if found else None) is expected


@pytest.mark.parametrize(
    ("vote", "reasons", "conditions"),
    [
        (Vote.APPROVE, " ", ()),
        (Vote.APPROVE, "理由", ("条件",)),
        (Vote.APPROVE_WITH_CONDITIONS, "理由", ()),
        (Vote.APPROVE_WITH_CONDITIONS, "理由", ("  ",)),
        (Vote.REFUSE, "理" * 4001, ()),
    ],
)
def test_a_review_says_why_and_only_conditions_where_it_sets_them(vote, reasons, conditions):
    with pytest.raises(QundaoError) as refused:
        Review("r", vote, reasons, conditions, AT)
    assert refused.value.code == "access.bad_review"
