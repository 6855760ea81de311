"""Reads: nodes, codes, messages."""

from __future__ import annotations

from django.db.models import QuerySet

from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.clock import now
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.models import EnrolmentCode, Node, OutgoingMessage
from qundao.kernel.errors import fail


def nodes(organisation: Organisation | None = None) -> QuerySet[Node]:
    """Return the nodes (of one member) in the order of their enrolment."""
    found = Node.objects.select_related("organisation")
    return found.filter(organisation=organisation) if organisation else found


def node(node_id: str) -> Node:
    """Return one node. Raises `hub.not_found`."""
    found = nodes().filter(pk=node_id).first()
    if found is None:
        raise fail(NOT_FOUND, node_id, "node")
    return found


def waiting(node: Node) -> int:
    """Return how many messages wait for a node."""
    return node.outgoing.filter(acknowledged_at=None, expires_at__gt=now()).count()


def open_codes() -> QuerySet[EnrolmentCode]:
    """Return the enrolment codes that can still be used, newest first."""
    found = EnrolmentCode.objects.filter(used_at=None, expires_at__gt=now())
    return found.select_related("organisation").order_by("-created_at")


def messages_about(subject: str) -> QuerySet[OutgoingMessage]:
    """Return the messages sent about a task or permit, oldest first."""
    return OutgoingMessage.objects.filter(subject=subject).order_by("created_at", "id")


def node_among(nodes: QuerySet[Node], node_id: str) -> Node:
    """Return one of the nodes that a reader may see. Raises `hub.not_found`."""
    found = nodes.filter(pk=node_id).first()
    if found is None:
        raise fail(NOT_FOUND, node_id, "node")
    return found
