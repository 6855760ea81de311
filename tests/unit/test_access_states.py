"""The table of states and transitions: complete, exact, and the only way to change a state."""

from __future__ import annotations

from itertools import product

import pytest

from qundao.access.permissions import PERMISSIONS, Act, who_may
from qundao.access.states import (
    IN_STATES,
    STATES,
    TRANSITIONS,
    Clock,
    Party,
    State,
    move,
    state_problems,
    states_for,
    targets,
)
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role

ALLOWED = {
    ("draft", "application.submit"): {"submitted"},
    ("draft", "application.withdraw"): {"withdrawn"},
    ("submitted", "application.screen"): {"screening"},
    ("submitted", "application.withdraw"): {"withdrawn"},
    ("screening", "application.return"): {"returned"},
    ("screening", "application.assign"): {"in_review"},
    ("screening", "application.withdraw"): {"withdrawn"},
    ("returned", "application.submit"): {"submitted"},
    ("returned", "application.withdraw"): {"withdrawn"},
    ("in_review", "application.assign"): {"in_review"},
    ("in_review", "application.decide"): {
        "approved",
        "approved_with_conditions",
        "refused",
        "returned",
    },
    ("in_review", "application.withdraw"): {"withdrawn"},
    ("approved", "agreement.draft"): {"agreement"},
    ("approved", "application.withdraw"): {"withdrawn"},
    ("approved_with_conditions", "agreement.draft"): {"agreement"},
    ("approved_with_conditions", "application.withdraw"): {"withdrawn"},
    ("agreement", "permit.issue"): {"countersigning"},
    ("agreement", "application.withdraw"): {"withdrawn"},
    ("countersigning", "permit.countersign"): {"active"},
    ("countersigning", "permit.decline"): {"refused"},
    ("countersigning", "permit.revoke"): {"revoked"},
    ("countersigning", "application.withdraw"): {"withdrawn"},
    ("active", "permit.decline"): {"revoked"},
    ("active", "permit.revoke"): {"revoked"},
    ("active", "permit.expire"): {"expired"},
    ("active", "application.close"): {"closed"},
    ("expired", "application.close"): {"closed"},
}


@pytest.mark.parametrize(("state", "act"), list(product(State, Act)))
def test_every_act_in_every_state_leads_where_the_promise_says_or_nowhere(state, act):
    expected = ALLOWED.get((state.value, act.value), set())
    assert set(targets(act, state)) == expected
    for target in State:
        if target in expected:
            assert move(act, state, target) is target
        else:
            with pytest.raises(QundaoError) as refused:
                move(act, state, target)
            assert refused.value.code == "access.wrong_state"


def test_a_choice_of_targets_must_be_named():
    with pytest.raises(QundaoError):
        move(Act.APPLICATION_DECIDE, State.IN_REVIEW)
    assert move(Act.APPLICATION_SCREEN, State.SUBMITTED) is State.SCREENING


def test_states_know_whose_turn_it_is():
    assert set(STATES) == set(State)
    final = {s for s in State if s.facts.final}
    assert final == {State.REFUSED, State.CLOSED, State.REVOKED, State.WITHDRAWN}
    assert not {t.source for t in TRANSITIONS} & final
    stopped = {s for s in State if s.facts.clock is Clock.STOPPED}
    assert stopped == {State.RETURNED, State.AGREEMENT, State.COUNTERSIGNING}
    running = [s for s in State if s.facts.clock is Clock.RUNS]
    assert all(s.facts.turn in (Party.OPERATOR, Party.REVIEWERS) for s in running)


def test_every_state_can_be_reached_and_every_open_one_left():
    reached = {State.DRAFT}
    for _ in State:
        reached |= {t.target for t in TRANSITIONS if t.source in reached}
    assert reached == set(State)
    assert {s for s in State if not s.facts.final} == {t.source for t in TRANSITIONS}


@pytest.mark.parametrize(("act", "state"), list(product(IN_STATES, State)))
def test_acts_that_keep_the_state_are_bound_to_states_too(act, state):
    found = state_problems(act, state)
    assert bool(found) is (state not in IN_STATES[act])
    assert all(p.code == "access.wrong_state" for p in found)


def test_acts_without_an_application_are_bound_to_no_state():
    assert states_for(Act.EXPLORE_ASK) == frozenset()
    assert state_problems(Act.EXPLORE_ASK, State.CLOSED) == ()


S, R, V, O, A, F = (  # noqa: E741
    Role.STEWARD,
    Role.RESEARCHER,
    Role.REVIEWER,
    Role.OPERATOR,
    Role.AUDITOR,
    Role.OFFICER,
)
MATRIX = {
    "catalogue.read": {S, R, V, O, A, F},
    "dataset.withdraw": {S, O},
    "explore.ask": {R},
    "application.draft": {R},
    "application.edit": {R},
    "application.submit": {R},
    "application.withdraw": {R},
    "application.read": {S, R, V, O, A},
    "application.screen": {O},
    "application.return": {O},
    "application.assign": {O},
    "review.vote": {V},
    "review.recuse": {V},
    "application.decide": {O},
    "agreement.draft": {O},
    "agreement.sign": {S, R, O},
    "permit.issue": {O},
    "permit.countersign": set(),
    "permit.decline": set(),
    "permit.revoke": {O},
    "permit.expire": set(),
    "application.close": {R, O},
    "study.start": {R},
    "study.read": {S, R, V, O, A},
    "output.review": {V},
    "calendar.load": {O},
    "rule.sign_off": {O},
}


@pytest.mark.parametrize("act", list(Act))
def test_roles_and_acts_are_as_promised(act):
    assert PERMISSIONS[act] == MATRIX[act.value]
    assert list(who_may(act)) == [r for r in Role if r in MATRIX[act.value]]
    assert act.words.zh
    assert act.words.en


def test_the_cluster_office_touches_no_application():
    assert [a for a in Act if Role.OFFICER in PERMISSIONS[a]] == [Act.CATALOGUE_READ]


def test_the_auditor_changes_nothing():
    held = {a for a in Act if Role.AUDITOR in PERMISSIONS[a]}
    assert held == {Act.CATALOGUE_READ, Act.APPLICATION_READ, Act.STUDY_READ}
