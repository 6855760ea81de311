"""Who may do what with whose application, when: every rule would be missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qundao.access.permissions import Act
from qundao.access.policies import may, problems, require, reviewer_problems
from qundao.access.states import State
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from support.access_cases import APPLICANT, OPERATOR, OUTSIDER, REVIEWER, case, person


def codes(act, who, application):
    return [p.code for p in problems(act, who, application)]


def test_an_assigned_reviewer_of_another_organisation_votes_once():
    assert may(Act.REVIEW_VOTE, REVIEWER, case())
    voted = case(voted=frozenset({REVIEWER.id}))
    assert codes(Act.REVIEW_VOTE, REVIEWER, voted) == ["access.voted_already"]


def test_a_recused_reviewer_is_a_reviewer_no_longer():
    recused = case(recused=frozenset({REVIEWER.id}))
    assert codes(Act.REVIEW_VOTE, REVIEWER, recused) == ["access.not_assigned"]


@pytest.mark.parametrize(
    "colluding",
    [
        person(APPLICANT.id, "org_r", Role.REVIEWER),  # the applicant themselves
        person("user_friend", APPLICANT.member, Role.REVIEWER),  # their colleague
        person("user_named", "org_r", Role.REVIEWER),  # named as a researcher of the plan
    ],
)
def test_nobody_reviews_their_own_request_or_their_organisations(colluding):
    application = case(
        reviewers=frozenset({colluding.id}), researchers=frozenset({APPLICANT.id, "user_named"})
    )
    assert codes(Act.REVIEW_VOTE, colluding, application) == ["access.conflict_of_interest"]
    assert [p.code for p in reviewer_problems(colluding, application)] == [
        "access.conflict_of_interest"
    ]
    assert "access.conflict_of_interest" in codes(Act.OUTPUT_REVIEW, colluding, application)


def test_reviewers_of_the_operators_own_office_have_no_interest():
    office = person("user_office", "", Role.REVIEWER)
    assert reviewer_problems(office, case()) == ()
    assert [p.code for p in reviewer_problems(OUTSIDER, case())] == ["access.not_your_role"]


@pytest.mark.parametrize(
    "act", [Act.APPLICATION_EDIT, Act.APPLICATION_SUBMIT, Act.APPLICATION_WITHDRAW]
)
def test_only_the_applicant_edits_submits_withdraws(act):
    draft = case(State.DRAFT)
    assert may(act, APPLICANT, draft)
    colleague = replace(APPLICANT, id="user_colleague")
    assert codes(act, colleague, draft) == ["access.not_yours"]
    assert codes(act, OUTSIDER, draft) == ["access.not_yours"]


def test_a_recused_reviewer_reads_it_no_longer():
    recused = case(recused=frozenset({REVIEWER.id}))
    assert codes(Act.APPLICATION_READ, REVIEWER, recused) == ["access.not_yours"]


def test_nobody_is_added_to_a_round_whose_votes_are_in():
    assert may(Act.APPLICATION_ASSIGN, OPERATOR, case())
    assert codes(Act.APPLICATION_DECIDE, OPERATOR, case()) == ["access.reviews_missing"]
    settled = case(settled=True)
    assert codes(Act.APPLICATION_ASSIGN, OPERATOR, settled) == ["access.round_settled"]
    assert may(Act.APPLICATION_DECIDE, OPERATOR, settled)


def test_all_reasons_come_at_once():
    assert codes(Act.APPLICATION_EDIT, OPERATOR, case(State.CLOSED)) == [
        "access.not_your_role",
        "access.wrong_state",
        "access.not_yours",
    ]
    with pytest.raises(QundaoError) as refused:
        require(Act.APPLICATION_EDIT, OPERATOR, case(State.CLOSED))
    assert len(refused.value.problems) == 3


READERS = {
    "applicant": (APPLICANT, True, True),
    "colleague": (person("user_c", APPLICANT.member, Role.RESEARCHER), False, True),
    "own steward": (person("user_s", APPLICANT.member, Role.STEWARD), False, True),
    "operator": (OPERATOR, False, True),
    "auditor": (person("user_au", "", Role.AUDITOR), False, True),
    "assigned reviewer": (REVIEWER, False, True),
    "other reviewer": (person("user_rr", "org_r", Role.REVIEWER), False, False),
    "steward of a contributor": (person("user_h", "org_h1", Role.STEWARD), False, True),
    "researcher of a contributor": (person("user_h", "org_h1", Role.RESEARCHER), False, False),
    "steward of another": (person("user_o", "org_o", Role.STEWARD), False, False),
    "researcher of another": (OUTSIDER, False, False),
    "officer": (person("user_of", "", Role.OFFICER), False, False),
}


@pytest.mark.parametrize(("who", "draft", "later"), READERS.values(), ids=READERS)
def test_who_reads_an_application(who, draft, later):
    assert may(Act.APPLICATION_READ, who, case(State.DRAFT)) is draft
    assert may(Act.APPLICATION_READ, who, case(State.IN_REVIEW)) is later


def test_an_operator_without_organisation_is_not_everybodys_colleague():
    """Two empty organisations are not the same organisation."""
    stray = person("user_stray", "", Role.RESEARCHER)
    assert not may(Act.APPLICATION_READ, stray, case(State.ACTIVE, member=""))


def test_studies_are_started_by_named_researchers_of_the_grantee():
    named = case(State.ACTIVE, researchers=frozenset({"user_named"}))
    same = person("user_named", APPLICANT.member, Role.RESEARCHER)
    assert may(Act.STUDY_START, same, named)
    assert may(Act.STUDY_START, APPLICANT, named)
    assert not may(Act.STUDY_START, replace(same, member="org_z"), named)
    assert not may(Act.STUDY_START, replace(same, id="user_other"), named)
    assert not may(Act.STUDY_START, same, replace(named, state=State.EXPIRED))
