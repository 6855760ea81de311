"""Somebody else's things: by number, by role, by a colleague. Nothing leaks, nothing moves."""

from __future__ import annotations

from typing import Any

import pytest

from qundao.catalogue.version import read_version
from qundao.hub.applications.actions import cast_vote, save_draft
from qundao.hub.applications.models import Application
from qundao.hub.catalogue.actions import register_version
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.common.actors import Actor
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from qundao.query import BandedPredicate, PersonSex, SexIs, to_json
from qundao.query.predicate import StandardModel
from support.hub_applications import (
    HOSPITALS,
    active,
    agreed,
    approved,
    drafted,
    in_review,
    permitted,
    submitted,
    vote,
)
from support.hub_people import make_user
from support.hub_story import Api, Story, registration
from support.hub_studies import answer_all, shown

pytestmark = pytest.mark.usefixtures("story")


def application(path: str) -> Application:
    return Application.objects.get(pk=path.split("/")[-1])


# --- another member's application ------------------------------------------------------------

ACTS = (
    "submit",
    "withdraw",
    "screen",
    "return",
    "recuse",
    "decision",
    "agreement",
    "permit",
    "close",
)


def test_a_draft_is_its_applicants_alone(story: Story) -> None:
    path = drafted(story)
    colleague = Api(make_user("a.colleague", Role.RESEARCHER, member=story["a"].member))
    for other in (colleague, story["a"].steward, story["b"].researcher, story["h1"].steward,
                  story.operator, story.auditor, story.reviewers[0]):  # fmt: skip
        assert other.refused("get", path, 404) == ["hub.not_found"]
        assert other.refused("patch", path, 404, draft={"title": "偷改"}) == ["hub.not_found"]
        assert other.get("/applications/")["total"] == 0
    assert application(path).draft["title"] != "偷改"


@pytest.mark.parametrize("way", [submitted, in_review, approved, agreed])
def test_strangers_neither_read_nor_act(story: Story, way) -> None:
    path = way(story)
    strangers = (story["b"].researcher, story["b"].steward, story["h1"].researcher)
    before = application(path).state
    for stranger in strangers:
        assert stranger.refused("get", path, 404) == ["hub.not_found"]
        assert stranger.refused("get", f"{path}/agreement", 404) == ["hub.not_found"]
        for act in ACTS:
            body = {"reason": "x"} if act in ("withdraw", "return", "recuse") else {}
            assert stranger.refused("post", f"{path}/{act}", 404, **body) == ["hub.not_found"]
        assert stranger.get("/applications/")["total"] == 0
    assert application(path).state == before


def test_readers_without_the_role_cannot_act(story: Story) -> None:
    path = submitted(story)
    for reader in (story["h1"].steward, story["a"].steward, story.auditor):
        assert reader.get(path)["state"] == "submitted"
        for act in ("submit", "screen", "decision", "agreement", "permit", "close"):
            assert "forbidden" in reader.refused("post", f"{path}/{act}", 403)[0]
    assert application(path).state == "submitted"


def test_the_applicant_does_not_decide(story: Story) -> None:
    path = in_review(story)
    me = story["a"].researcher
    for act in ("screen", "decision", "agreement", "permit"):
        assert me.refused("post", f"{path}/{act}", 403) == ["hub.forbidden"]
    assert me.refused("post", f"{path}/votes", 403, vote="approve", reasons="好") == [
        "hub.forbidden"
    ]


def test_actions_hold_the_rules_even_when_a_page_forgets_to_ask(story: Story) -> None:
    path = drafted(story)
    thief = story["b"].researcher.user.actor
    with pytest.raises(QundaoError) as refused:
        save_draft(actor=thief, application=application(path), draft={"title": "偷改"})
    assert refused.value.code == "access.not_yours"


# --- reviewers with an interest --------------------------------------------------------------


def test_a_reviewer_of_the_applicants_organisation_cannot_be_assigned(story: Story) -> None:
    make_user("a.reviewer", Role.REVIEWER, member=story["a"].member)
    path = submitted(story)
    story.operator.post(f"{path}/screen")
    names = ["a.reviewer", "reviewer.1"]
    refused = story.operator.refused("post", f"{path}/reviewers", 403, reviewers=names)
    assert refused == ["access.conflict_of_interest"]
    assert application(path).state == "screening"
    assert not application(path).assignments.exists()


def test_a_reviewer_who_joins_the_applicant_later_cannot_vote(story: Story) -> None:
    path = in_review(story)
    turncoat = story.reviewers[0].user
    turncoat.organisation = story["a"].member
    turncoat.save()
    refused = story.reviewers[0].refused(
        "post", f"{path}/votes", 403, vote="approve", reasons="自己人"
    )
    assert refused == ["access.conflict_of_interest"]


def test_the_applicant_as_reviewer_is_refused(story: Story) -> None:
    both = make_user("a.both", Role.RESEARCHER, Role.REVIEWER, member=story["a"].member)
    path = submitted(story)
    story.operator.post(f"{path}/screen")
    refused = story.operator.refused("post", f"{path}/reviewers", 403, reviewers=["a.both"])
    assert refused == ["access.conflict_of_interest"]
    with pytest.raises(QundaoError):
        cast_vote(actor=both.actor, application=application(path), vote="approve", reasons="x")


def test_nobody_votes_twice_or_unassigned(story: Story) -> None:
    path = in_review(story)
    vote(story, path, 0)
    body = {"vote": "approve", "reasons": "再投"}
    assert story.reviewers[0].refused("post", f"{path}/votes", 409, **body) == [
        "access.voted_already"
    ]
    stranger = story.reviewers[2]
    assert stranger.refused("post", f"{path}/votes", 404, **body) == ["hub.not_found"]
    with pytest.raises(QundaoError) as refused:
        cast_vote(actor=stranger.user.actor, application=application(path), **body)
    assert refused.value.code == "access.not_assigned"


def test_a_vote_cannot_be_peeked_at_before_the_last_is_in(story: Story) -> None:
    """Whatever a reader fetches is the same whether the first vote was yes or no."""

    def seen(cast: str) -> list[Any]:
        path = in_review(story)
        vote(story, path, 0, cast)
        readers = (story.reviewers[1], story.operator, story.auditor, story["a"].researcher,
                   story["a"].steward, story["h1"].steward)  # fmt: skip
        return [_timeless(reader.get(path)) for reader in readers]

    assert seen("approve") == seen("refuse")


def _timeless(value: Any) -> Any:
    """Return an answer without what differs between any two applications: ids and instants."""
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in ("id", "at")}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


def test_the_operator_cannot_choose_which_votes_count(story: Story) -> None:
    path = in_review(story, reviewers=3)
    vote(story, path, 0)
    vote(story, path, 1)
    assert story.operator.refused("post", f"{path}/decision", 409) == ["access.reviews_missing"]
    assert story.operator.get(path)["reviews"] == []
    assert story.reviewers[2].get(path)["reviews"] == []
    vote(story, path, 2, "refuse")
    make_user("reviewer.4", Role.REVIEWER)
    refused = story.operator.refused("post", f"{path}/reviewers", 409, reviewers=["reviewer.4"])
    assert refused == ["access.round_settled"]
    assert story.operator.post(f"{path}/decision")["state"] == "approved"


def test_own_outputs_are_reviewed_by_others(story: Story) -> None:
    own = Api(make_user("a.reviewer", Role.REVIEWER, member=story["a"].member))
    _, permit = active(story)
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, HOSPITALS)
    (first, *_) = shown(story.reviewers[0].get(f"/studies/{study['id']}"))
    assert own.get("/studies/outputs")["total"] == 0
    path = f"/studies/outputs/{first['id']}"
    assert own.get(path)["result"] is None
    assert own.refused("post", f"{path}/decision", 403, release=True) == ["studies.own_output"]


# --- agreements, permits, studies, statements --------------------------------------------------


def test_nobody_signs_for_others(story: Story) -> None:
    path = approved(story)
    digest = story.operator.post(f"{path}/agreement")["digest"]
    reader = story["h1"].steward  # a contributor reads, and accepts on its own node
    refused = reader.refused("post", f"{path}/agreement/sign", 403, digest=digest)
    assert refused == ["access.not_a_party"]
    stranger = story["b"].steward
    assert stranger.refused("post", f"{path}/agreement/sign", 404, digest=digest) == [
        "hub.not_found"
    ]


def test_permits_and_studies_of_others_are_not_found(story: Story) -> None:
    _, permit = active(story)
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, HOSPITALS)
    (output, *_) = shown(story.reviewers[0].get(f"/studies/{study['id']}"))
    for stranger in (story["b"].researcher, story["b"].steward, story["h1"].researcher):
        for where in (f"/studies/{study['id']}", f"/studies/outputs/{output['id']}"):
            assert stranger.refused("get", where, 404) == ["hub.not_found"]
        assert stranger.get("/studies/")["total"] == 0
        run = study["runs"][0]["id"]
        assert stranger.refused("post", f"/studies/runs/{run}/retry", 404) == ["hub.not_found"]
    permit_path = f"/applications/permits/{permit['id']}"
    assert story["b"].researcher.refused("get", permit_path, 404) == ["hub.not_found"]
    thief = story["b"].researcher.refused("post", "/studies/", 404, permit=permit["id"])
    assert thief == ["hub.not_found"]
    assert story["a"].researcher.refused("post", "/studies/", 404, permit="permit_none") == [
        "hub.not_found"
    ]


def test_a_colleague_who_is_not_named_starts_no_study(story: Story) -> None:
    _, permit = active(story)
    colleague = Api(make_user("a.colleague", Role.RESEARCHER, member=story["a"].member))
    refused = colleague.refused("post", "/studies/", 403, permit=permit["id"])
    assert refused == ["studies.not_yours"]


def test_questions_and_statements_of_another_member_are_not_found(story: Story) -> None:
    predicate = to_json(BandedPredicate(StandardModel.OMOP, (SexIs(PersonSex.MALE),)))
    asked = story["a"].researcher.post("/explore/questions", predicate=predicate)
    other = story["b"].researcher
    assert other.refused("get", f"/explore/questions/{asked['id']}", 404) == ["hub.not_found"]
    assert other.get("/explore/questions")["total"] == 0
    steward_only = story.reviewers[0].refused(
        "post", "/explore/questions", 403, predicate=predicate
    )
    assert steward_only == ["hub.forbidden"]


def test_the_cluster_office_sees_no_application_study_or_question(story: Story) -> None:
    officer = Api(make_user("officer", Role.OFFICER))
    path, permit = permitted(story)
    assert officer.refused("get", path, 404) == ["hub.not_found"]
    assert officer.refused("get", f"/applications/permits/{permit['id']}", 404) == ["hub.not_found"]
    for listed in ("/applications/", "/studies/", "/explore/questions", "/applications/reviews"):
        assert officer.get(listed)["total"] == 0
    assert officer.get("/catalogue/datasets")["total"] == 5


def test_a_disabled_users_token_opens_nothing(story: Story) -> None:
    user = story["b"].researcher.user
    user.is_active = False
    user.save()
    assert story["b"].researcher.refused("get", "/catalogue/datasets", 401) == ["hub.not_signed_in"]


def test_a_node_cannot_act_as_a_user_nor_a_user_as_a_node(story: Story) -> None:
    node = story["h1"].node.row.actor
    with pytest.raises(QundaoError) as refused:
        save_draft(actor=node, application=application(drafted(story)), draft={})
    assert refused.value.code == "hub.forbidden"

    steward: Actor = story["h1"].steward.user.actor
    count = DatasetVersion.objects.count()
    with pytest.raises(QundaoError) as refused:
        register_version(
            actor=steward, node=story["h1"].node.row, facts=read_version(registration())
        )
    assert refused.value.code == "hub.forbidden"
    assert DatasetVersion.objects.count() == count
