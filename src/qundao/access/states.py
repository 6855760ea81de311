"""What happens to an application: its states and transitions, as data.

The state diagram in the reference and the transition tests are generated from this table; who
may set a transition off is in `permissions`, under which circumstances in `policies`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qundao.access.codes import WRONG_STATE
from qundao.access.permissions import Act
from qundao.kernel.errors import Problem, fail, problem
from qundao.kernel.words import Words


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    RETURNED = "returned"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REFUSED = "refused"
    AGREEMENT = "agreement"
    COUNTERSIGNING = "countersigning"
    ACTIVE = "active"
    EXPIRED = "expired"
    CLOSED = "closed"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"

    @property
    def facts(self) -> StateFacts:
        """Return what is known about this state."""
        return STATES[self]


class Clock(StrEnum):
    """Whether the handling time of the platform runs while an application is in a state."""

    RUNS = "runs"
    STOPPED = "stopped"
    OFF = "off"


class Party(StrEnum):
    """Whose turn it is."""

    APPLICANT = "applicant"
    OPERATOR = "operator"
    REVIEWERS = "reviewers"
    SIGNATORIES = "signatories"
    CONTRIBUTORS = "contributors"
    NOBODY = "nobody"

    @property
    def words(self) -> Words:
        """Return the party's name in both languages."""
        return _PARTIES[self]


_PARTIES = {
    Party.APPLICANT: Words("申请人", "the applicant"),
    Party.OPERATOR: Words("运营方", "the operator"),
    Party.REVIEWERS: Words("审查员", "the reviewers"),
    Party.SIGNATORIES: Words("协议签署方", "the signatories"),
    Party.CONTRIBUTORS: Words("数据贡献方", "the contributors"),
    Party.NOBODY: Words("无", "nobody"),
}


@dataclass(frozen=True, slots=True)
class StateFacts:
    """A state's name, whose turn it is, whether the clock runs, and the days it may take.

    `days` are working days; None where the rules set no limit.
    """

    words: Words
    turn: Party
    clock: Clock
    days: int | None = None

    @property
    def final(self) -> bool:
        """Tell whether nobody is to do anything any more."""
        return self.turn is Party.NOBODY


def _facts(zh: str, en: str, turn: Party, clock: Clock, days: int | None = None) -> StateFacts:
    return StateFacts(Words(zh, en), turn, clock, days)


STATES: dict[State, StateFacts] = {
    State.DRAFT: _facts("草稿", "draft", Party.APPLICANT, Clock.OFF),
    State.SUBMITTED: _facts("已提交", "submitted", Party.OPERATOR, Clock.RUNS, 2),
    State.SCREENING: _facts("形式审查", "screening", Party.OPERATOR, Clock.RUNS, 3),
    State.RETURNED: _facts("退回补正", "returned", Party.APPLICANT, Clock.STOPPED, 20),
    State.IN_REVIEW: _facts("审查中", "in review", Party.REVIEWERS, Clock.RUNS, 10),
    State.APPROVED: _facts("已通过", "approved", Party.OPERATOR, Clock.RUNS, 3),
    State.APPROVED_WITH_CONDITIONS: _facts(
        "附条件通过", "approved with conditions", Party.OPERATOR, Clock.RUNS, 3
    ),
    State.REFUSED: _facts("不予通过", "refused", Party.NOBODY, Clock.OFF),
    State.AGREEMENT: _facts("协议签署", "agreement", Party.SIGNATORIES, Clock.STOPPED, 10),
    State.COUNTERSIGNING: _facts(
        "节点会签", "countersigning", Party.CONTRIBUTORS, Clock.STOPPED, 10
    ),
    State.ACTIVE: _facts("使用中", "active", Party.APPLICANT, Clock.OFF),
    State.EXPIRED: _facts("已到期", "expired", Party.OPERATOR, Clock.OFF),
    State.CLOSED: _facts("已办结", "closed", Party.NOBODY, Clock.OFF),
    State.REVOKED: _facts("已撤销", "revoked", Party.NOBODY, Clock.OFF),
    State.WITHDRAWN: _facts("已撤回", "withdrawn", Party.NOBODY, Clock.OFF),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One way on: the act that sets it off, from a state, to a state."""

    act: Act
    source: State
    target: State


_DECIDED = (
    State.APPROVED,
    State.APPROVED_WITH_CONDITIONS,
    State.REFUSED,
    State.RETURNED,
)
_BEFORE_ACTIVE = (
    State.DRAFT,
    State.SUBMITTED,
    State.SCREENING,
    State.RETURNED,
    State.IN_REVIEW,
    State.APPROVED,
    State.APPROVED_WITH_CONDITIONS,
    State.AGREEMENT,
    State.COUNTERSIGNING,
)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(Act.APPLICATION_SUBMIT, State.DRAFT, State.SUBMITTED),
    Transition(Act.APPLICATION_SUBMIT, State.RETURNED, State.SUBMITTED),
    Transition(Act.APPLICATION_SCREEN, State.SUBMITTED, State.SCREENING),
    Transition(Act.APPLICATION_RETURN, State.SCREENING, State.RETURNED),
    Transition(Act.APPLICATION_ASSIGN, State.SCREENING, State.IN_REVIEW),
    Transition(Act.APPLICATION_ASSIGN, State.IN_REVIEW, State.IN_REVIEW),
    *(Transition(Act.APPLICATION_DECIDE, State.IN_REVIEW, decided) for decided in _DECIDED),
    Transition(Act.AGREEMENT_DRAFT, State.APPROVED, State.AGREEMENT),
    Transition(Act.AGREEMENT_DRAFT, State.APPROVED_WITH_CONDITIONS, State.AGREEMENT),
    Transition(Act.PERMIT_ISSUE, State.AGREEMENT, State.COUNTERSIGNING),
    Transition(Act.PERMIT_COUNTERSIGN, State.COUNTERSIGNING, State.ACTIVE),
    Transition(Act.PERMIT_DECLINE, State.COUNTERSIGNING, State.REFUSED),
    Transition(Act.PERMIT_DECLINE, State.ACTIVE, State.REVOKED),
    Transition(Act.PERMIT_REVOKE, State.COUNTERSIGNING, State.REVOKED),
    Transition(Act.PERMIT_REVOKE, State.ACTIVE, State.REVOKED),
    Transition(Act.PERMIT_EXPIRE, State.ACTIVE, State.EXPIRED),
    Transition(Act.APPLICATION_CLOSE, State.ACTIVE, State.CLOSED),
    Transition(Act.APPLICATION_CLOSE, State.EXPIRED, State.CLOSED),
    *(Transition(Act.APPLICATION_WITHDRAW, s, State.WITHDRAWN) for s in _BEFORE_ACTIVE),
)
"""Every change of state. An act that is not here for a state is refused there."""

IN_STATES: dict[Act, frozenset[State]] = {
    Act.APPLICATION_EDIT: frozenset({State.DRAFT, State.RETURNED}),
    Act.REVIEW_VOTE: frozenset({State.IN_REVIEW}),
    Act.REVIEW_RECUSE: frozenset({State.IN_REVIEW}),
    Act.AGREEMENT_SIGN: frozenset({State.AGREEMENT}),
    Act.STUDY_START: frozenset({State.ACTIVE}),
}
"""Acts that change something but not the state, and the states in which they are possible."""


def targets(act: Act, source: State) -> tuple[State, ...]:
    """Return the states to which `act` may lead from `source`; empty when it is not possible."""
    return tuple(t.target for t in TRANSITIONS if t.act is act and t.source is source)


def states_for(act: Act) -> frozenset[State]:
    """Return the states in which an act is possible; empty for acts without an application."""
    return frozenset(t.source for t in TRANSITIONS if t.act is act) | IN_STATES.get(
        act, frozenset()
    )


def state_problems(act: Act, state: State) -> tuple[Problem, ...]:
    """Return `access.wrong_state` when `act` is not possible in `state`."""
    possible = states_for(act)
    if state in possible or not possible:
        return ()
    words = act.words
    facts = {"act": words.zh, "act_en": words.en, **_names(possible)}
    return (problem(WRONG_STATE, state.facts.words.zh, "state", **facts),)


def move(act: Act, source: State, target: State | None = None) -> State:
    """Return the state after `act`; `target` chooses where a table row leaves a choice.

    Raises `access.wrong_state` when the table has no such row.
    """
    possible = targets(act, source)
    if target is None and len(possible) == 1:
        return possible[0]
    if target is None or target not in possible:
        words, received = act.words, f"{source} → {target or '?'}"
        facts = {"act": words.zh, "act_en": words.en, **_names(states_for(act))}
        raise fail(WRONG_STATE, received, "state", **facts)
    return target


def _names(states: Iterable[State]) -> dict[str, str]:
    ordered = [s for s in State if s in set(states)]
    return {
        "states": "、".join(s.facts.words.zh for s in ordered),
        "states_en": ", ".join(s.facts.words.en for s in ordered),
    }
