"""Attacks on the gateway: forged, replayed, misdirected and oversized messages change nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.clock import now, reading
from qundao.hub.nodes.models import InboxMessage, Node, PollNonce
from qundao.kernel.clock import FixedClock
from qundao.kernel.signing import SigningKey, b64, unb64
from qundao.protocol.envelope import LARGEST, Envelope
from qundao.protocol.messages import PermitDeclined
from support.hub_nodes import FakeNode, post

pytestmark = pytest.mark.usefixtures("hub_db")
DECLINED = PermitDeclined(permit="permit_1", steward="u", reason="–")


def codes(answer) -> set[str]:
    return {e["code"] for e in answer.json()["errors"]}


def post_poll(envelope: Envelope):
    body = envelope.model_dump_json()
    return async_to_sync(AsyncClient().post)("/node/v1/poll", body, content_type="application/json")


@pytest.fixture
def node(client) -> FakeNode:
    return FakeNode().enrol(client)


def test_a_poll_is_not_answered_twice(node) -> None:
    envelope = node.poll()
    assert post_poll(envelope).status_code == 200
    replayed = post_poll(envelope)
    assert (replayed.status_code, codes(replayed)) == (401, {"protocol.replayed"})


def test_a_replay_is_refused_as_long_as_it_could_count(node) -> None:
    """A nonce outlives the time in which its poll is accepted, whatever the envelope says."""
    envelope = node.poll(now=now())
    assert post_poll(envelope).status_code == 200
    for minutes in (4, 6, 9, 30):
        with reading(FixedClock(now() + timedelta(minutes=minutes))):
            assert post_poll(envelope).status_code == 401


def test_a_poll_cannot_be_kept_for_later(node) -> None:
    from qundao.protocol.messages import Poll

    message = Poll(wait_seconds=0, stopped=False, software="x", outbox=0)
    kept = node.seal(message, lifetime=timedelta(days=7))
    with reading(FixedClock(now() + timedelta(hours=1))):
        answer = post_poll(kept)
    assert (answer.status_code, codes(answer)) == (401, {"protocol.not_in_time"})
    assert PollNonce.objects.count() == 0


def test_another_key_cannot_speak_for_a_node(client, node) -> None:
    forged = node.seal(DECLINED, key=SigningKey.generate())
    answer = post(client, "deliver", forged)
    assert (answer.status_code, codes(answer)) == (401, {"protocol.bad_signature"})
    assert InboxMessage.objects.count() == 0


def test_an_altered_byte_is_seen(client, node) -> None:
    envelope = node.seal(DECLINED)
    payload = unb64(envelope.payload).replace(b'"reason":"\xe2\x80\x93"', b'"reason":"yes"')
    altered = envelope.model_copy(update={"payload": b64(payload)})
    assert codes(post(client, "deliver", altered)) == {"protocol.bad_signature"}


def test_a_node_cannot_speak_for_another(client, node) -> None:
    other = FakeNode(node.member).enrol(client)
    answer = post(client, "deliver", node.seal(DECLINED, issuer=other.id))
    assert codes(answer) == {"protocol.bad_signature"}


def test_an_unknown_node_is_not_heard(client, node) -> None:
    answer = post(client, "deliver", node.seal(DECLINED, issuer="node_nobody"))
    assert (answer.status_code, codes(answer)) == (401, {"nodes.unknown_node"})


def test_a_message_for_somebody_else_is_not_taken(client, node) -> None:
    answer = post(client, "deliver", node.seal(DECLINED, audience=node.id))
    assert codes(answer) == {"protocol.wrong_address"}


def test_an_enrolment_must_be_signed_by_the_key_it_names(client) -> None:
    thief = FakeNode()
    named = SigningKey.generate().verify_key.text
    answer = post(client, "enrol", thief.enrolment(thief.code(), verify_key=named))
    assert codes(answer) == {"protocol.bad_signature"}
    assert Node.objects.count() == 0


def test_a_key_enrols_for_one_member_only(client, node) -> None:
    again = FakeNode()
    again.key = node.key
    answer = post(client, "enrol", again.enrolment(again.code()))
    assert codes(answer) == {"nodes.bad_key"}
    assert Node.objects.count() == 1


def test_a_message_is_not_read_as_another_type(client, node) -> None:
    answer = post_poll(node.seal(DECLINED))
    assert answer.status_code == 401
    delivered = post(client, "deliver", node.poll()).json()["envelope"]
    problems = node.open(delivered).body["problems"]
    assert [p["code"] for p in problems] == ["nodes.not_taken"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"payload": 1}'])
def test_noise_is_answered_with_what_was_required(client, body) -> None:
    answer = post(client, "deliver", body)
    assert (answer.status_code, codes(answer)) == (400, {"protocol.bad_message"})


def test_an_oversized_envelope_is_refused_unread(client, node) -> None:
    body = json.dumps({"payload": "A" * LARGEST}).encode()
    assert codes(post(client, "deliver", body)) == {"protocol.bad_message"}


def test_only_posts_are_taken(client) -> None:
    answer = client.get("/node/v1/deliver")
    assert (answer.status_code, codes(answer)) == (405, {"hub.wrong_method"})


def test_forgeries_leave_no_event_of_the_node(client, node) -> None:
    before = LoggedEvent.objects.count()
    post(client, "deliver", node.seal(DECLINED, key=SigningKey.generate()))
    post(client, "deliver", b"noise")
    assert LoggedEvent.objects.count() == before
