"""Under which circumstances: the state, whose request it is, recusal, what was voted before.

`problems(act, person, case)` returns every reason against; `may` asks, `require` raises. The
rules for an act are a list of small functions, so the list itself can be read and tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qundao.access.codes import (
    CONFLICT_OF_INTEREST,
    NOT_ASSIGNED,
    NOT_YOUR_ROLE,
    NOT_YOURS,
    REVIEWS_MISSING,
    ROUND_SETTLED,
    VOTED_ALREADY,
)
from qundao.access.permissions import PERMISSIONS, Act, who_may
from qundao.access.reviews import QUORUM
from qundao.access.states import State, state_problems
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants to act: their id, organisation (empty: the operator's own) and roles."""

    id: str
    member: str
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        """Tell whether the person holds one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules need to know of one application.

    `reviewers` are those assigned in this round; `recused` and `voted` are among them. `settled`
    tells that all their votes are in and allow a decision, `needed` how many it takes.
    `contributors` are the organisations whose datasets are asked for.
    """

    state: State
    applicant: str
    member: str
    researchers: frozenset[str] = frozenset()
    contributors: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    recused: frozenset[str] = frozenset()
    voted: frozenset[str] = frozenset()
    settled: bool = False
    needed: int = QUORUM


Rule = Callable[[Act, Person, Case], Iterator[Problem]]


def holds_the_role(act: Act, person: Person, _: Case) -> Iterator[Problem]:
    """The person holds a role that may do this."""
    if not person.has(*PERMISSIONS[act]):
        roles = who_may(act)
        facts = {
            "act": act.words.zh,
            "act_en": act.words.en,
            "roles": "、".join(r.words.zh for r in roles) or "–",
            "roles_en": ", ".join(r.words.en for r in roles) or "–",
        }
        yield problem(NOT_YOUR_ROLE, ", ".join(sorted(person.roles)), act.value, **facts)


def in_the_state(act: Act, _: Person, case: Case) -> Iterator[Problem]:
    """The application is in a state in which this can be done."""
    yield from state_problems(act, case.state)


def own_application(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """The person is the applicant."""
    if person.id != case.applicant:
        yield _not_yours(person, act, "申请人本人", "the applicant")


def own_side(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """The person is the applicant, or works for the operator."""
    if person.id != case.applicant and not person.has(Role.OPERATOR):
        yield _not_yours(person, act, "申请人或运营方", "the applicant or the operator")


def named_researcher(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """The person is named in the application, in the grantee's organisation."""
    if person.member != case.member or person.id not in case.researchers | {case.applicant}:
        yield _not_yours(person, act, "申请中列明的研究人员", "a researcher whom it names")


def disinterested(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """Nobody reviews their own request or their organisation's."""
    if person.id in case.researchers | {case.applicant} or (
        person.member and person.member == case.member
    ):
        yield problem(CONFLICT_OF_INTEREST, person.member or person.id, act.value)


def assigned(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """The person was assigned and has not recused."""
    if person.id not in case.reviewers - case.recused:
        yield problem(NOT_ASSIGNED, person.id, act.value)


def first_vote(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """The person has not voted in this round."""
    if person.id in case.voted:
        yield problem(VOTED_ALREADY, person.id, act.value)


def round_is_open(act: Act, _: Person, case: Case) -> Iterator[Problem]:
    """Nobody adds a reviewer to votes that are in: that would be choosing the outcome."""
    if case.settled:
        yield problem(ROUND_SETTLED, len(case.voted), act.value)


def round_is_settled(act: Act, _: Person, case: Case) -> Iterator[Problem]:
    """Nobody decides before the votes of all who are assigned are in."""
    if case.state is State.IN_REVIEW and not case.settled:
        zh, en = f"{case.needed} 份审查意见", f"{case.needed} reviews"
        facts = {"required": zh, "required_en": en}
        yield problem(REVIEWS_MISSING, len(case.voted - case.recused), act.value, **facts)


def sees_it(act: Act, person: Person, case: Case) -> Iterator[Problem]:
    """Who may read an application: its own side, those who decide, and whoever it concerns.

    A draft is its applicant's alone. A steward of a contributor reads what is asked of them.
    """
    if person.id == case.applicant:
        return
    if case.state is State.DRAFT:
        yield _not_yours(person, act, "草稿仅申请人可见", "a draft is its applicant's alone")
        return
    concerned = (
        person.has(Role.OPERATOR, Role.AUDITOR)
        or person.id in case.researchers | (case.reviewers - case.recused)
        or (person.has(Role.RESEARCHER, Role.STEWARD) and person.member == case.member != "")
        or (person.has(Role.STEWARD) and person.member in case.contributors)
    )
    if not concerned:
        yield _not_yours(person, act, "与该申请有关的人员", "somebody whom it concerns")


def _not_yours(person: Person, act: Act, zh: str, en: str) -> Problem:
    received = person.member or person.id
    return problem(NOT_YOURS, received, act.value, required=zh, required_en=en)


_REVIEWER_RULES: tuple[Rule, ...] = (disinterested, assigned)

POLICIES: dict[Act, tuple[Rule, ...]] = {
    Act.APPLICATION_EDIT: (own_application,),
    Act.APPLICATION_SUBMIT: (own_application,),
    Act.APPLICATION_WITHDRAW: (own_application,),
    Act.APPLICATION_READ: (sees_it,),
    Act.APPLICATION_ASSIGN: (round_is_open,),
    Act.APPLICATION_DECIDE: (round_is_settled,),
    Act.REVIEW_VOTE: (*_REVIEWER_RULES, first_vote),
    Act.REVIEW_RECUSE: (assigned, first_vote),
    Act.APPLICATION_CLOSE: (own_side,),
    Act.STUDY_START: (named_researcher,),
    Act.STUDY_READ: (sees_it,),
    Act.OUTPUT_REVIEW: (disinterested,),
}
"""What is checked beside role and state."""


def problems(act: Act, person: Person, case: Case) -> tuple[Problem, ...]:
    """Return every reason why this person may not do this now; empty means that they may."""
    rules = (holds_the_role, in_the_state, *POLICIES.get(act, ()))
    return tuple(found for rule in rules for found in rule(act, person, case))


def may(act: Act, person: Person, case: Case) -> bool:
    """Tell whether this person may do this now."""
    return not problems(act, person, case)


def require(act: Act, person: Person, case: Case) -> None:
    """Raise every reason why this person may not do this now."""
    raise_if(problems(act, person, case))


def reviewer_problems(reviewer: Person, case: Case) -> tuple[Problem, ...]:
    """Return why somebody cannot be assigned as a reviewer: their role, or an interest."""
    act = Act.REVIEW_VOTE
    return (*holds_the_role(act, reviewer, case), *disinterested(act, reviewer, case))
