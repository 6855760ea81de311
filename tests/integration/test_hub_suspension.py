"""A suspended member: its nodes are not heard and get nothing, its users are not let in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.models import InboxMessage
from qundao.protocol.messages import ExploreTask, RegisterDataset
from qundao.query import BandedPredicate, PersonSex, SexIs, to_json
from qundao.query.predicate import StandardModel
from support.hub_applications import drafted
from support.hub_nodes import FakeNode, post
from support.hub_people import PASSWORD
from support.hub_story import Story, registration

pytestmark = pytest.mark.usefixtures("story")
WOMEN = to_json(BandedPredicate(StandardModel.OMOP, (SexIs(PersonSex.FEMALE),)))


def suspend(story: Story, key: str = "h1") -> None:
    told = story.operator.post(f"/members/{story[key].id}/suspend", reason="数据安全调查")
    assert told["state"] == "suspended"


def readmit(story: Story, key: str = "h1") -> None:
    told = story.operator.post(f"/members/{story[key].id}/readmit", reason="调查结束")
    assert told["state"] == "active"


def codes(answer: Any) -> list[str]:
    return [e["code"] for e in answer.json()["errors"]]


def test_its_node_is_not_heard_and_gets_no_tasks_until_it_is_readmitted(story, client) -> None:
    story["a"].researcher.post("/explore/questions", predicate=WOMEN)
    node = story["h1"].node
    message = node.seal(RegisterDataset.model_validate(registration(dataset="new")))
    suspend(story)
    taken = InboxMessage.objects.count()
    for what, envelope in (("poll", node.poll()), ("deliver", message)):
        answer = post(client, what, envelope)
        assert (answer.status_code, codes(answer)) == (423, ["members.suspended"])
    assert InboxMessage.objects.count() == taken
    readmit(story)
    received = post(client, "poll", node.poll()).json()["envelopes"]
    assert ExploreTask.type in [node.open(e).type for e in received]
    assert post(client, "deliver", message).status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [("zh-hans", "该成员单位已暂停或已退会"), ("en", "The member is suspended or has left")],
)
def test_a_node_is_told_in_the_language_that_it_asks_for(story, client, asked, said) -> None:
    suspend(story)
    body = story["h1"].node.poll().model_dump_json()
    answer = client.post(
        "/node/v1/poll", body, "application/json", headers={"accept-language": asked}
    )
    assert answer.json()["errors"][0]["title"] == said


def test_a_new_node_of_its_is_not_let_in(story, client) -> None:
    node = FakeNode(story["h1"].member)
    code = node.code()
    suspend(story)
    answer = post(client, "enrol", node.enrolment(code))
    assert (answer.status_code, codes(answer)) == (423, ["members.suspended"])
    readmit(story)
    assert post(client, "enrol", node.enrolment(code)).status_code == 200


def test_a_member_that_left_is_not_heard_either(story, client) -> None:
    Organisation.objects.filter(pk=story["h1"].id).update(state=Organisation.State.LEFT)
    answer = post(client, "poll", story["h1"].node.poll())
    assert (answer.status_code, codes(answer)) == (423, ["members.suspended"])


def test_nothing_of_its_is_on_offer(story) -> None:
    suspend(story)
    shown = story.operator.get("/catalogue/datasets")["items"]
    assert story.accessions["h1"] not in [d["accession"] for d in shown]
    asked = story["a"].researcher.post("/explore/questions", predicate=WOMEN)
    assert [a["accession"] for a in asked["answers"]] == [story.accessions["h2"]]
    refused = story["a"].researcher.post(f"{drafted(story)}/submit", 422)["errors"]
    assert [(e["code"], e["received"]) for e in refused] == [
        ("applications.dataset_unavailable", story.accessions["h1"])
    ]


def test_its_users_tokens_and_sessions_stop_and_hold_again_afterwards(story) -> None:
    steward, browser = story["h1"].steward, Client()
    browser.force_login(steward.user)
    assert browser.get("/account/").status_code == 200
    suspend(story)
    assert steward.refused("get", "/members/me", 401) == ["hub.not_signed_in"]
    assert browser.get("/account/").status_code == 302
    assert story["h2"].steward.get("/members/me")["id"] == story["h2"].steward.user.id
    readmit(story)
    assert steward.get("/members/me")["id"] == steward.user.id
    assert browser.get("/account/").status_code == 200


def test_signing_in_says_why_not_to_who_knows_the_password(story) -> None:
    suspend(story)

    def sign_in(password: str) -> list[str]:
        given = {"username": "h1.steward", "password": password}
        return codes(Client().post("/api/v1/members/tokens", given, "application/json"))

    assert sign_in("wrong") == ["members.sign_in_failed"]
    assert sign_in(PASSWORD) == ["members.suspended"]
    event = LoggedEvent.objects.order_by("-sequence").first()
    assert event is not None
    assert (event.action, event.actor) == ("login.failed", story["h1"].steward.user.id)


def test_the_operator_decides_with_a_reason_and_the_log_has_it(story) -> None:
    path = f"/members/{story['h1'].id}"
    for api in (story["h1"].steward, story.auditor):
        assert api.refused("post", f"{path}/suspend", 403, reason="x") == ["hub.forbidden"]
    assert story.operator.refused("post", f"{path}/suspend", 422, reason=" ") == ["members.blank"]
    refused = story.operator.refused("post", f"{path}/readmit", 409, reason="x")
    assert refused == ["members.not_suspended"]
    suspend(story)
    again = story.operator.refused("post", f"{path}/suspend", 423, reason="x")
    assert again == ["members.suspended"]
    readmit(story)
    found = LoggedEvent.objects.filter(action__startswith="member.", subject=story["h1"].id)
    told = [(e.action, e.details_json()) for e in found.order_by("sequence")][1:]
    assert told == [
        ("member.suspended", {"reason": "数据安全调查"}),
        ("member.readmitted", {"reason": "调查结束"}),
    ]
