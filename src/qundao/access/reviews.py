"""Reviews: two people decide without seeing each other's vote.

A round is open until enough votes are in; until then a reviewer sees their own vote only and
everybody else sees how many are in. The outcome follows from the votes by one published rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qundao.access.codes import BAD_REVIEW, REVIEWS_MISSING
from qundao.access.reasons import INCOMPLETE, MAJORITY, MILDER, UNANIMOUS
from qundao.access.states import State
from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.kernel.words import Words

QUORUM = 2
LONGEST_TEXT = 4000


class Vote(StrEnum):
    """What a reviewer proposes."""

    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    RETURN = "return"
    REFUSE = "refuse"

    @property
    def words(self) -> Words:
        """Return the vote in both languages."""
        return _VOTES[self]


_VOTES = {
    Vote.APPROVE: Words("通过", "approve"),
    Vote.APPROVE_WITH_CONDITIONS: Words("附条件通过", "approve with conditions"),
    Vote.RETURN: Words("退回补正", "return for correction"),
    Vote.REFUSE: Words("不予通过", "refuse"),
}


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewer's vote with its reasons. Conditions come with, and only with, that vote."""

    reviewer: str
    vote: Vote
    reasons: str
    conditions: tuple[str, ...]
    at: datetime

    def __post_init__(self) -> None:
        raise_if(_defects(self))


def _defects(review: Review) -> Iterable[Problem]:
    conditional = review.vote is Vote.APPROVE_WITH_CONDITIONS
    blank = not review.conditions or not all(c.strip() for c in review.conditions)
    if not review.reasons.strip() or len(review.reasons) > LONGEST_TEXT:
        zh, en = f"1–{LONGEST_TEXT} 字的理由", f"reasons of 1 to {LONGEST_TEXT} characters"
        received = f"{len(review.reasons)}"
        yield problem(BAD_REVIEW, received, "reasons", required=zh, required_en=en)
    if conditional and blank:
        zh, en = "至少一项条件", "at least one condition"
        yield problem(BAD_REVIEW, "", "conditions", required=zh, required_en=en)
    if not conditional and review.conditions:
        zh, en = "仅“附条件通过”可列条件", "conditions only with an approval with conditions"
        received = "; ".join(review.conditions)[:200]
        yield problem(BAD_REVIEW, received, "conditions", required=zh, required_en=en)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the votes of a round amount to: the state it leads to, the joined conditions, and the
    code (`access.reasons`) of the rule that made it.
    """

    state: State
    conditions: tuple[str, ...]
    rule: str


def needed(reviews: Sequence[Review], assigned: int = QUORUM) -> int:
    """Return how many votes this round needs: of all who are assigned, and one more on a split.

    `assigned` are the reviewers who have not recused; two at least.
    """
    least = max(QUORUM, assigned)
    if len(reviews) < least:
        return least
    return len(reviews) if outcome(reviews) else len(reviews) + 1


def complete(reviews: Sequence[Review], assigned: int = QUORUM) -> bool:
    """Tell whether all who are assigned have voted and their votes allow a decision.

    Whoever could decide before the last vote is in could choose which votes count.
    """
    return len(reviews) >= max(QUORUM, assigned) and outcome(reviews) is not None


def outcome(reviews: Sequence[Review]) -> Outcome | None:
    """Return what the votes amount to, whatever their order; None while more are needed.

    Fewer than two votes decide nothing. Unanimity decides. Where nobody refuses, one wish for
    corrections returns the application, and one condition makes the approval conditional.
    Where some refuse, more than half of all votes must be on one side.
    """
    if len(reviews) < QUORUM:
        return None
    votes = Counter(r.vote for r in reviews)
    if votes[Vote.REFUSE] == len(reviews):
        return Outcome(State.REFUSED, (), UNANIMOUS)
    if votes[Vote.REFUSE]:
        return _majority(reviews, votes)
    if votes[Vote.RETURN]:
        unanimous = votes[Vote.RETURN] == len(reviews)
        return Outcome(State.RETURNED, (), UNANIMOUS if unanimous else INCOMPLETE)
    unanimous = len(votes) == 1
    return _allowed(reviews, votes, UNANIMOUS if unanimous else MILDER)


def _allowed(reviews: Sequence[Review], votes: Counter[Vote], rule: str) -> Outcome:
    if votes[Vote.APPROVE_WITH_CONDITIONS]:
        return Outcome(State.APPROVED_WITH_CONDITIONS, joined_conditions(reviews), rule)
    return Outcome(State.APPROVED, (), rule)


def _majority(reviews: Sequence[Review], votes: Counter[Vote]) -> Outcome | None:
    half = len(reviews) / 2
    if votes[Vote.REFUSE] > half:
        return Outcome(State.REFUSED, (), MAJORITY)
    if votes[Vote.APPROVE] + votes[Vote.APPROVE_WITH_CONDITIONS] > half:
        return _allowed(reviews, votes, MAJORITY)
    return Outcome(State.RETURNED, (), MAJORITY) if votes[Vote.RETURN] > half else None


def joined_conditions(reviews: Iterable[Review]) -> tuple[str, ...]:
    """Return every reviewer's conditions, each once, in an order that names nobody."""
    return tuple(sorted({c.strip() for r in reviews for c in r.conditions}))


def visible(
    reviews: Sequence[Review], viewer: str, *, decided: bool, assigned: int = QUORUM
) -> tuple[Review, ...]:
    """Return the reviews that `viewer` may see: their own, and all once the votes are in.

    A split round stays blinded: the next reviewer must not know what the others thought.
    """
    if decided or complete(reviews, assigned):
        return tuple(reviews)
    return tuple(r for r in reviews if r.reviewer == viewer)


def require_outcome(reviews: Sequence[Review], assigned: int = QUORUM) -> Outcome:
    """Return the outcome of a round. Raises `access.reviews_missing`."""
    found = outcome(reviews)
    if found is None or not complete(reviews, assigned):
        count = needed(reviews, assigned)
        zh, en = f"{count} 份审查意见", f"{count} reviews"
        raise fail(REVIEWS_MISSING, len(reviews), "reviews", required=zh, required_en=en)
    return found
