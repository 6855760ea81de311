"""Messages to nodes: sealed and stored with what they speak of, kept until acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import connections, transaction

from qundao.hub.common.actions import require_transaction
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key
from qundao.hub.nodes.models import Node, OutgoingMessage
from qundao.hub.nodes.wakeups import Wakeups
from qundao.kernel.ids import new_id
from qundao.protocol.envelope import seal
from qundao.protocol.messages import HUB, Message

LIFETIME = timedelta(days=30)
AT_ONCE = 50
BYTES_AT_ONCE = 4 * 1024 * 1024


def send(
    *, node: Node, message: Message, subject: str = "", lifetime: timedelta = LIFETIME
) -> OutgoingMessage:
    """Seal a message for a node inside the action under way; the node is woken when it commits.

    subject: what the message is about (a task's or permit's id), to look it up later.
    """
    require_transaction("send")
    instant = now()
    identifier = new_id("msg")
    envelope = seal(
        message.type,
        message.to_json(),
        issuer=HUB,
        audience=node.id,
        key=hub_key(),
        now=instant,
        lifetime=lifetime,
        id=identifier,
    )
    stored = OutgoingMessage.objects.create(
        id=identifier,
        node=node,
        type=message.type,
        subject=subject,
        envelope=envelope.model_dump_json(),
        created_at=instant,
        expires_at=instant + lifetime,
    )
    transaction.on_commit(lambda: WAKEUPS.wake(node.id))
    return stored


def waiting_for(node_id: str) -> list[str]:
    """Return the sealed messages that wait for a node, oldest first, as many as go at once."""
    rows = OutgoingMessage.objects.filter(
        node_id=node_id, acknowledged_at=None, expires_at__gt=now()
    ).order_by("created_at", "id")[:AT_ONCE]
    chosen: list[str] = []
    total = 0
    for row in rows:
        total += len(row.envelope)
        if chosen and total > BYTES_AT_ONCE:
            break
        chosen.append(row.envelope)
    return chosen


def acknowledge(node_id: str, message_ids: Iterable[str]) -> None:
    """Note that a node has stored these messages; foreign and unknown ids change nothing."""
    OutgoingMessage.objects.filter(
        node_id=node_id, id__in=list(message_ids), acknowledged_at=None
    ).update(acknowledged_at=now())


def nodes_with_messages(nodes: Iterable[str]) -> set[str]:
    """Return those of `nodes` for which messages wait; leaves no connection open."""
    try:
        found = OutgoingMessage.objects.filter(
            node_id__in=list(nodes), acknowledged_at=None, expires_at__gt=now()
        )
        return set(found.values_list("node_id", flat=True).distinct())
    finally:
        connections.close_all()


WAKEUPS = Wakeups(nodes_with_messages)
