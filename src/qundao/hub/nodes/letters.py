"""Opening nodes' envelopes: known node, right key, in time, and for polls never twice."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from qundao.hub.common.actors import request_id
from qundao.hub.common.clock import now
from qundao.hub.members.codes import SUSPENDED
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.codes import BAD_KEY, REVOKED_NODE, UNKNOWN_NODE
from qundao.hub.nodes.models import Node, PollNonce
from qundao.kernel.clock import stamp
from qundao.kernel.errors import fail
from qundao.kernel.signing import VerifyKey
from qundao.protocol.codes import NOT_IN_TIME, REPLAYED, WRONG_ADDRESS
from qundao.protocol.envelope import (
    SKEW,
    Envelope,
    Letter,
    claimed_issuer,
    open_envelope,
    parse_envelope,
)
from qundao.protocol.messages import HUB, Enrol, Poll, read_body

NEW_NODE = "new-node"


def open_enrolment(body: bytes) -> Enrol:
    """Open a first message, proving that its sender holds the key that it names.

    Raises `protocol.*`, `nodes.bad_key`.
    """
    envelope = parse_envelope(body)
    key = _named_key(envelope)
    letter = open_envelope(envelope, key=key, issuer=NEW_NODE, audience=HUB, now=now())
    _require_type(letter, Enrol.type)
    return read_body(Enrol, letter.body)


def open_from_node(body: bytes) -> tuple[Node, Letter]:
    """Open a known node's message. Raises `protocol.*`, `nodes.unknown_node`, `nodes.revoked`.

    And `members.suspended`, which is not for good: the node keeps what it has to say.
    """
    envelope = parse_envelope(body)
    issuer = claimed_issuer(envelope)
    node = Node.objects.select_related("organisation").filter(pk=issuer).first()
    if node is None:
        raise fail(UNKNOWN_NODE, issuer, "issuer")
    letter = open_envelope(envelope, key=node.key, issuer=node.id, audience=HUB, now=now())
    if node.state == Node.State.REVOKED:
        raise fail(REVOKED_NODE, node.id, "issuer")
    require_active(node.organisation, "issuer")
    request_id.set(letter.id)
    return node, letter


def require_active(member: Organisation, where: str) -> None:
    """Raise `members.suspended` when a member does not take part now."""
    if not member.active:
        raise fail(SUSPENDED, member.state, where)


def use_poll(node: Node, letter: Letter) -> Poll:
    """Read a poll and use up its nonce. Raises `protocol.replayed`, `protocol.not_in_time`.

    Only a poll of the last minutes counts, however long its envelope would live: so nonces need
    not be kept for longer than that.
    """
    _require_type(letter, Poll.type)
    if now() - letter.issued_at > SKEW:
        start, end = stamp(letter.issued_at), stamp(letter.issued_at + SKEW)
        raise fail(NOT_IN_TIME, stamp(now()), start=start, end=end, skew=0)
    poll = read_body(Poll, letter.body)
    try:
        with transaction.atomic():
            PollNonce.objects.create(node=node, nonce=letter.nonce, used_at=now())
    except IntegrityError as error:
        raise fail(REPLAYED, letter.nonce, "nonce") from error
    return poll


def forget_old_nonces() -> int:
    """Remove nonces that no poll in time could carry; returns how many."""
    removed, _ = PollNonce.objects.filter(
        used_at__lt=now() - 2 * SKEW - timedelta(minutes=1)
    ).delete()
    return removed


def _named_key(envelope: Envelope) -> VerifyKey:
    """Return the key that the body names: the signature under it is checked next."""
    from qundao.kernel.strict_json import read_json

    try:
        payload = read_json(envelope.payload_bytes)
        return VerifyKey.parse(str(payload["body"]["verify_key"]))
    except (ValueError, KeyError, TypeError) as error:
        raise fail(BAD_KEY, str(error)[:200], "verify_key", required="ed25519:…") from error


def _require_type(letter: Letter, kind: str) -> None:
    if letter.type != kind:
        raise fail(WRONG_ADDRESS, letter.type, "type", required=kind)
