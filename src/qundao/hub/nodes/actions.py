"""Writes: codes, enrolment, what a poll tells, taking messages, revoking nodes."""

# ruff: noqa: ARG001 - every action takes its actor, for the check and for the event

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from qundao.access.vouching import vouched
from qundao.audit.actions import declare_action
from qundao.hub.common.actions import Done, action, declare_work, done, unit_of_work
from qundao.hub.common.actors import VISITOR, Actor
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key
from qundao.hub.members.codes import BLANK
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.codes import BAD_CODE, BAD_KEY, OLD_PROTOCOL
from qundao.hub.nodes.enrolment_code import code_digest, new_code
from qundao.hub.nodes.handlers import handle
from qundao.hub.nodes.letters import require_active
from qundao.hub.nodes.models import EnrolmentCode, InboxMessage, Node
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.kernel.roles import Role
from qundao.kernel.signing import VerifyKey, unb64
from qundao.kernel.words import Words
from qundao.protocol.codes import ID_REUSED
from qundao.protocol.envelope import Letter
from qundao.protocol.messages import VERSION, Enrol, Poll, Receipt

CODE_LIFETIME = timedelta(hours=72)
_NOTED_EVERY = timedelta(seconds=20)
TAKE_MESSAGE = declare_work("take_message")
HANDLE_MESSAGE = declare_work("handle_message")
MESSAGE_REFUSED = declare_action(
    "node.message_refused", Words("节点消息被拒收", "a node's message was refused"), "high"
)


@action(Role.OPERATOR)
def issue_enrolment_code(
    *,
    actor: Actor,
    organisation: Organisation,
    node_name: str,
    lifetime: timedelta = CODE_LIFETIME,
) -> Done[tuple[EnrolmentCode, str]]:
    """Issue a one-time code for a member's node; returns it with its text, shown once."""
    fingerprint = hub_key().verify_key.fingerprint
    text = new_code(fingerprint)
    code = EnrolmentCode.objects.create(
        digest=code_digest(text, fingerprint),
        organisation=organisation,
        node_name=node_name.strip() or organisation.name_zh,
        issued_by=User.objects.filter(pk=actor.id).first(),
        expires_at=now() + lifetime,
    )
    return done(
        (code, text), "node.code_issued", code.id, member=organisation.id, node_name=code.node_name
    )


@action(kinds=("visitor",))
def enrol(*, actor: Actor, message: Enrol) -> Done[Node]:
    """Let a node in by its code. Raises `nodes.bad_code`, `nodes.bad_key`, `nodes.other_protocol`.

    The same key with the same code is the same enrolment, so that a node which died before it
    heard the answer asks again and gets it. The caller has verified that the message was signed
    with the key it names.
    """
    raise_if(_enrol_defects(message))
    code = _usable_code(message)
    node = code.node or _new_node(code, message)
    code.node, code.used_at = node, code.used_at or now()
    code.save(update_fields=["node", "used_at"])
    facts = {"member": node.organisation_id, "fingerprint": node.fingerprint, "code": code.id}
    return done(node, "node.enrolled", node.id, software=node.software, **facts)


@action(kinds=("visitor",))
def note_enrolment_refused(*, actor: Actor, code: str) -> Done[None]:
    """Log that an enrolment failed, and why (the error's code)."""
    return done(None, "node.enrolment_refused", reason=code)


@action(Role.OPERATOR)
def revoke_node(*, actor: Actor, node: Node, reason: str) -> Done[Node]:
    """Refuse the node from now on; its key is not accepted again. Raises `members.blank`."""
    if not reason.strip():
        raise fail(BLANK, "", "reason")
    node.state = Node.State.REVOKED
    node.save(update_fields=["state"])
    return done(node, "node.revoked", node.id, reason=reason[:500])


def note_poll(node: Node, poll: Poll) -> None:
    """Note that the node was heard; a change of its stop button leaves an event."""
    wanted = Node.State.STOPPED if poll.stopped else Node.State.ACTIVE
    if wanted != node.state:
        note_stop_button(actor=node.actor, node=node, stopped=poll.stopped)
    told = (poll.software, poll.outbox)
    if told != (node.software, node.outbox) or now() - node.last_seen_at > _NOTED_EVERY:
        node.last_seen_at, (node.software, node.outbox) = now(), told
        node.save(update_fields=["last_seen_at", "software", "outbox"])


@action(kinds=("node",))
def note_stop_button(*, actor: Actor, node: Node, stopped: bool) -> Done[Node]:
    """Note that the member has stopped its node, or lets it work again."""
    node.state = Node.State.STOPPED if stopped else Node.State.ACTIVE
    node.last_seen_at = now()
    node.save(update_fields=["state", "last_seen_at"])
    return done(node, "node.stopped" if stopped else "node.online", node.id)


def take_message(node: Node, letter: Letter) -> Receipt:
    """Take one message from a node, once, with all that follows from it; return its receipt.

    The same id with the same bytes gets the receipt of the first time; with other bytes it
    raises `protocol.id_reused`. A handler's refusal is taken too: its receipt has the problems.
    """
    with unit_of_work(TAKE_MESSAGE):
        Node.objects.select_for_update().get(pk=node.pk)  # one message of a node at a time
        known = InboxMessage.objects.filter(node=node, message_id=letter.id).first()
        if known:
            return _known_receipt(known, letter)
        receipt = _handled(node, letter)
        InboxMessage.objects.create(
            node=node,
            message_id=letter.id,
            type=letter.type,
            digest=letter.digest,
            receipt=receipt.to_json(),
        )
    return receipt


@action(kinds=("node",))
def note_refused_message(
    *,
    actor: Actor,
    node: Node,
    letter: Letter,
    problems: tuple[Problem, ...],
) -> Done[Receipt]:
    """Log that a message was read and refused for good; returns the receipt that says so."""
    receipt = Receipt(message=letter.id, problems=tuple(p.to_json() for p in problems))
    codes = sorted({p.code for p in problems})
    return done(receipt, MESSAGE_REFUSED, node.id, type=letter.type, codes=codes)


def refuse_enrolment(error: QundaoError) -> None:
    """Log a refused enrolment outside of the transaction that failed."""
    note_enrolment_refused(actor=VISITOR, code=error.code)


def _handled(node: Node, letter: Letter) -> Receipt:
    try:
        with unit_of_work(HANDLE_MESSAGE):
            result: dict[str, Any] = handle(node, letter.type, letter.body)
    except QundaoError as error:
        return note_refused_message(
            actor=node.actor, node=node, letter=letter, problems=error.problems
        )
    return Receipt(message=letter.id, result=result)


def _known_receipt(known: InboxMessage, letter: Letter) -> Receipt:
    if known.digest != letter.digest:
        raise fail(ID_REUSED, letter.id, "id")
    return Receipt.model_validate(known.receipt)


def _enrol_defects(message: Enrol) -> Iterator[Problem]:
    if message.protocol != VERSION:
        yield problem(OLD_PROTOCOL, message.protocol, "protocol", required=VERSION)
    bad_keys = tuple(_key_defects(message))
    yield from bad_keys
    keys = (message.verify_key, message.mask_key)
    if not bad_keys and not vouched(*keys, message.mask_signature):
        required = "a signature of mask_key by verify_key"
        yield problem(BAD_KEY, message.mask_signature[:80], "mask_signature", required=required)


def _key_defects(message: Enrol) -> Iterator[Problem]:
    try:
        VerifyKey.parse(message.verify_key)
    except ValueError as error:
        yield problem(BAD_KEY, message.verify_key[:80], "verify_key", required=str(error))
    try:
        X25519PublicKey.from_public_bytes(unb64(message.mask_key))
    except (ValueError, UnsupportedAlgorithm) as error:
        yield problem(BAD_KEY, message.mask_key[:80], "mask_key", required=f"X25519: {error}")


def _usable_code(message: Enrol) -> EnrolmentCode:
    digest = code_digest(message.code, hub_key().verify_key.fingerprint)
    code = EnrolmentCode.objects.select_for_update().filter(digest=digest).first()
    if code is None:
        raise fail(BAD_CODE, "unknown", "code")
    require_active(code.organisation, "code")
    if code.node and code.node.verify_key == message.verify_key:
        return code
    if code.used_at or code.expires_at <= now():
        raise fail(BAD_CODE, "used" if code.used_at else "expired", "code")
    return code


def _new_node(code: EnrolmentCode, message: Enrol) -> Node:
    if Node.objects.filter(verify_key=message.verify_key).exists():
        raise fail(BAD_KEY, message.verify_key, "verify_key", required="a key of its own")
    return Node.objects.create(
        organisation=code.organisation,
        name=code.node_name,
        verify_key=message.verify_key,
        mask_key=message.mask_key,
        mask_signature=message.mask_signature,
        fingerprint=VerifyKey.parse(message.verify_key).fingerprint,
        software=message.software,
        protocol=message.protocol,
        last_seen_at=now(),
    )
