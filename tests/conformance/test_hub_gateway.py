"""The gateway's contract with nodes: enrol, poll, deliver."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from qundao.access.vouching import vouch
from qundao.audit.actions import declare_action
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actions import action, done, unit_of_work
from qundao.hub.common.clock import now, reading
from qundao.hub.keys import hub_key
from qundao.hub.nodes import actions, queries
from qundao.hub.nodes.handlers import handlers, handles
from qundao.hub.nodes.letters import forget_old_nonces
from qundao.hub.nodes.models import InboxMessage, Node, OutgoingMessage, PollNonce
from qundao.hub.nodes.outgoing import BYTES_AT_ONCE, send
from qundao.kernel.clock import FixedClock
from qundao.kernel.errors import declare, fail
from qundao.kernel.signing import SigningKey
from qundao.kernel.words import Words
from qundao.protocol.messages import PermitDeclined, PermitRevoked
from support.hub_nodes import FakeNode, post

pytestmark = pytest.mark.usefixtures("hub_db")
NOTED = declare_action("test.noted", Words("测试记录", "test noted"))
REFUSED = declare(
    "test.refused",
    title=Words("测试", "test"),
    required=Words("测试", "test"),
    remedy=Words("测试", "test"),
)


def error_codes(answer) -> list[str]:
    return [e["code"] for e in answer.json()["errors"]]


def tell(node: FakeNode, reason: str = "–") -> OutgoingMessage:
    with unit_of_work("test_tell"):
        return send(
            node=Node.objects.get(pk=node.id),
            message=PermitRevoked(permit="permit_1", reason=reason),
            subject="permit_1",
        )


def ids(answer, node: FakeNode) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [node.open(envelope).id for envelope in answer.json()["envelopes"]]


async def poll(node: FakeNode, *acknowledged: str, **options):
    envelope = await sync_to_async(node.poll)(*acknowledged, **options)
    return await AsyncClient().post(
        "/node/v1/poll", envelope.model_dump_json(), content_type="application/json"
    )


poll_now = async_to_sync(poll)


@pytest.fixture
def taken(monkeypatch):
    """A handler that writes an event; it records what it took."""
    seen: list[PermitDeclined] = []
    without = {k: v for k, v in handlers.items() if k != PermitDeclined.type}
    monkeypatch.setattr("qundao.hub.nodes.handlers.handlers", without)

    @handles(PermitDeclined)
    def decline(node: Node, message: PermitDeclined) -> dict[str, object]:
        with unit_of_work("test_decline") as work:
            work.note(node.actor, done(None, NOTED, message.permit).note)
            if message.reason == "refuse":
                raise fail(REFUSED, message.reason)
            if message.reason == "break":
                raise RuntimeError("database gone")
            seen.append(message)
        return {"n": len(seen)}

    return seen


def decline(reason: str = "我们的伦理意见已到期") -> PermitDeclined:
    return PermitDeclined(permit="permit_1", steward="u", reason=reason)


# --- enrolment -------------------------------------------------------------------------------


def test_a_node_enrols_and_learns_whose_it_is(client) -> None:
    node = FakeNode()
    answer = post(client, "enrol", node.enrolment(node.code()))
    assert answer.status_code == 200
    assert answer.json()["hub_key"] == hub_key().verify_key.text
    letter = node.open(answer.json()["envelope"], claimed=True)
    stored = Node.objects.get()
    assert letter.body == {
        "node": stored.id,
        "member": node.member.id,
        "member_name": node.member.name_zh,
        "alliance": node.member.alliance.name_zh,
    }
    assert (stored.mask_key, stored.mask_signature) == (
        node.mask_key,
        vouch(node.key, node.mask_key),
    )
    assert (stored.state, stored.online) == ("active", True)


def test_the_code_ends_in_the_hubs_fingerprint(client) -> None:
    assert FakeNode().code().endswith("-" + hub_key().verify_key.fingerprint[:20])


def test_asking_again_with_the_same_key_gets_the_same_node(client) -> None:
    node = FakeNode()
    code = node.code()
    answers = [post(client, "enrol", node.enrolment(code)) for _ in range(2)]
    found = {node.open(a.json()["envelope"], claimed=True).body["node"] for a in answers}
    assert len(found) == Node.objects.count() == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text[:-12] + "0" * 12, "nodes.other_hub"),
        (lambda text: "QD-AAAAA-AAAAA-AAAAA-AAAAA" + text[26:], "nodes.bad_code"),
        (lambda text: text[:20], "nodes.bad_code"),
    ],
)
def test_a_wrong_code_lets_nobody_in_and_is_logged(client, spoil, code) -> None:
    node = FakeNode()
    answer = post(client, "enrol", node.enrolment(spoil(node.code())))
    assert (answer.status_code, error_codes(answer)) == (403, [code])
    assert Node.objects.count() == 0
    event = LoggedEvent.objects.latest("sequence")
    assert (event.action, event.details_json()) == ("node.enrolment_refused", {"reason": code})


def test_a_code_works_once_and_not_for_ever(client) -> None:
    first = FakeNode()
    used, late = first.code(), first.code()
    assert post(client, "enrol", first.enrolment(used)).status_code == 200
    other = FakeNode(first.member)
    assert error_codes(post(client, "enrol", other.enrolment(used))) == ["nodes.bad_code"]
    with reading(FixedClock(now() + actions.CODE_LIFETIME + timedelta(seconds=1))):
        assert error_codes(post(client, "enrol", other.enrolment(late))) == ["nodes.bad_code"]
    assert Node.objects.count() == 1


def test_keys_that_are_none_are_named_together(client) -> None:
    node = FakeNode()
    envelope = node.enrolment(node.code(), mask_key="AA", protocol=99)
    assert sorted(error_codes(post(client, "enrol", envelope))) == [
        "nodes.bad_key",
        "nodes.other_protocol",
    ]


@pytest.mark.parametrize("by", [SigningKey.generate(), None], ids=["another key", "nobody"])
def test_a_mask_key_that_the_node_has_not_signed_lets_nobody_in(client, by) -> None:
    node = FakeNode()
    signature = vouch(by, node.mask_key) if by else "none"
    answer = post(client, "enrol", node.enrolment(node.code(), mask_signature=signature))
    assert error_codes(answer) == ["nodes.bad_key"]
    assert answer.json()["problems"][0]["where"] == "mask_signature"
    assert Node.objects.count() == 0


# --- polling ---------------------------------------------------------------------------------


def test_messages_come_in_order_until_they_are_acknowledged(client) -> None:
    node = FakeNode().enrol(client)
    sent = [tell(node).id for _ in range(3)]
    assert ids(poll_now(node), node) == sent
    assert ids(poll_now(node, *sent[:2]), node) == sent[2:]
    assert ids(poll_now(node, sent[2], "msg_unknown"), node) == []


def test_a_node_cannot_acknowledge_anothers_messages(client) -> None:
    node = FakeNode().enrol(client)
    other = FakeNode(node.member).enrol(client)
    sent = tell(node).id
    poll_now(other, sent)
    assert ids(poll_now(node), node) == [sent]


def test_what_has_expired_is_not_handed_out(client) -> None:
    node = FakeNode().enrol(client)
    tell(node)
    with reading(FixedClock(now() + timedelta(days=31))):
        assert ids(poll_now(node), node) == []


def test_an_answer_stays_within_bounds(client) -> None:
    node = FakeNode().enrol(client)
    big = "x" * (BYTES_AT_ONCE // 2)
    sent = [tell(node, big).id for _ in range(2)]
    assert ids(poll_now(node), node) == sent[:1]


def test_the_stop_button_is_logged_when_it_changes_only(client) -> None:
    node = FakeNode().enrol(client)
    for stopped in (False, True, True, False):
        poll_now(node, stopped=stopped)
    names = LoggedEvent.objects.filter(subject=node.id).values_list("action", flat=True)
    assert list(names) == ["node.enrolled", "node.stopped", "node.online"]


def test_a_revoked_node_gets_nothing(client, operator) -> None:
    node = FakeNode().enrol(client)
    tell(node)
    actions.revoke_node(actor=operator, node=Node.objects.get(), reason="退会")
    answer = poll_now(node)
    assert (answer.status_code, error_codes(answer)) == (403, ["nodes.revoked"])


def test_old_nonces_are_forgotten(client) -> None:
    node = FakeNode().enrol(client)
    poll_now(node)
    assert forget_old_nonces() == 0
    with reading(FixedClock(now() + timedelta(minutes=12))):
        forget_old_nonces()
    assert PollNonce.objects.count() == 0


# --- delivering ------------------------------------------------------------------------------


def test_a_message_is_taken_once_and_the_receipt_is_the_same(client, taken) -> None:
    node = FakeNode().enrol(client)
    envelope = node.seal(decline())
    receipts = [post(client, "deliver", envelope).json()["envelope"] for _ in range(2)]
    bodies = [node.open(receipt).body for receipt in receipts]
    assert bodies[0] == bodies[1]
    assert bodies[0]["result"] == {"n": 1}
    assert len(taken) == 1
    assert LoggedEvent.objects.filter(action=NOTED).count() == 1


def test_an_event_carries_the_letters_id(client, taken) -> None:
    node = FakeNode().enrol(client)
    letter = post(client, "deliver", node.seal(decline())).json()["envelope"]
    assert LoggedEvent.objects.get(action=NOTED).request_id == node.open(letter).body["message"]


def test_an_id_used_again_for_other_content_is_refused(client, taken) -> None:
    node = FakeNode().enrol(client)
    post(client, "deliver", node.seal(decline(), id="msg_1"))
    answer = post(client, "deliver", node.seal(decline("other"), id="msg_1"))
    assert (answer.status_code, error_codes(answer)) == (409, ["protocol.id_reused"])
    assert len(taken) == 1


def test_two_nodes_may_use_one_id(client, taken) -> None:
    for node in (FakeNode().enrol(client), FakeNode().enrol(client)):
        assert post(client, "deliver", node.seal(decline(), id="msg_1")).status_code == 200
    assert len(taken) == 2


def test_a_refusal_is_final_leaves_nothing_of_the_handler_and_is_logged(client, taken) -> None:
    node = FakeNode().enrol(client)
    receipt = post(client, "deliver", node.seal(decline("refuse"))).json()["envelope"]
    assert [p["code"] for p in node.open(receipt).body["problems"]] == [REFUSED]
    assert LoggedEvent.objects.filter(action=NOTED).count() == 0
    event = LoggedEvent.objects.latest("sequence")
    assert (event.action, event.details_json()["codes"]) == ("node.message_refused", [REFUSED])


def test_what_breaks_is_not_taken_so_that_the_node_sends_it_again(client, taken) -> None:
    node = FakeNode().enrol(client)
    before = LoggedEvent.objects.count()
    answer = post(client, "deliver", node.seal(decline("break")))
    assert (answer.status_code, error_codes(answer)) == (500, ["hub.unexpected"])
    assert (InboxMessage.objects.count(), LoggedEvent.objects.count()) == (0, before)


def test_a_type_without_a_handler_is_refused_by_receipt(client, monkeypatch) -> None:
    monkeypatch.setattr("qundao.hub.nodes.handlers.handlers", {})
    node = FakeNode().enrol(client)
    receipt = post(client, "deliver", node.seal(decline())).json()["envelope"]
    assert [p["code"] for p in node.open(receipt).body["problems"]] == ["nodes.not_taken"]


def test_handlers_are_for_nodes_messages_and_set_once(taken) -> None:
    with pytest.raises(ValueError, match="from node to hub"):
        handles(PermitRevoked)
    with pytest.raises(ValueError, match="already"):
        handles(PermitDeclined)(lambda node, message: {})


def test_messages_are_sent_inside_an_action_only(client) -> None:
    node = FakeNode().enrol(client)
    with pytest.raises(RuntimeError, match="inside an action"):
        send(node=Node.objects.get(), message=PermitRevoked(permit="permit_1", reason="–"))
    tell(node)
    assert [m.type for m in queries.messages_about("permit_1")] == [PermitRevoked.type]


def test_an_action_that_fails_sends_nothing(client) -> None:
    node = FakeNode().enrol(client)

    @action(kinds=("hub",))
    def send_then_fail(*, actor):
        tell(node)
        raise fail(REFUSED)

    from qundao.hub.common.actors import HUB_ACTOR
    from qundao.kernel.errors import QundaoError

    with pytest.raises(QundaoError):
        send_then_fail(actor=HUB_ACTOR)
    assert OutgoingMessage.objects.count() == 0


# --- waiting ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_hub_db")
class TestLongPoll:
    def test_a_waiting_poll_is_woken_by_a_commit(self, client) -> None:
        node = FakeNode().enrol(client)

        async def story():
            waiting = asyncio.create_task(poll(node, wait=30))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            sent = await sync_to_async(tell)(node)
            answer = await asyncio.wait_for(waiting, 20)
            return [sent.id], ids(answer, node)

        sent, received = async_to_sync(story)()
        assert received == sent

    def test_a_message_of_another_process_is_found_by_looking(self, client, monkeypatch) -> None:
        from qundao.hub.nodes.outgoing import WAKEUPS

        node = FakeNode().enrol(client)

        async def story():
            waiting = asyncio.create_task(poll(node, wait=30))
            await asyncio.sleep(0.3)
            with monkeypatch.context() as patch:
                patch.setattr(WAKEUPS, "wake", lambda node_id: None)
                await sync_to_async(tell)(node)
            return ids(await asyncio.wait_for(waiting, 20), node)

        assert len(async_to_sync(story)()) == 1

    def test_a_poll_without_messages_ends_in_time(self, client) -> None:
        node = FakeNode().enrol(client)
        begun = time.monotonic()
        assert ids(poll_now(node, wait=1), node) == []
        assert time.monotonic() - begun >= 1

    def test_many_polls_wait_without_holding_connections(self, client) -> None:
        from django.db import connections

        nodes = [FakeNode().enrol(client) for _ in range(3)]

        async def story():
            waiting = [asyncio.create_task(poll(node, wait=2)) for node in nodes]
            await asyncio.sleep(1)
            open_now = await sync_to_async(lambda: connections["default"].connection)()
            await asyncio.gather(*waiting)
            return open_now

        assert async_to_sync(story)() is None
