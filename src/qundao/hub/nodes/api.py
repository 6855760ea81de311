"""The JSON API of this desk: nodes and their enrolment codes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from qundao.hub.codes import NOT_YOURS
from qundao.hub.common.api import CREATED, Created, actor_of, created
from qundao.hub.members import queries as members
from qundao.hub.nodes import actions, queries
from qundao.hub.nodes.models import Node
from qundao.kernel.clock import stamp
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

router = Router()


class CodeRequest(Schema):
    """For whose node a code is wanted, and what the node shall be called."""

    member: str
    node_name: str = ""


class Reason(Schema):
    """Why."""

    reason: str


@router.get("/", summary="The nodes")
def list_nodes(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return every node with its state."""
    return [node_json(node) for node in queries.nodes()]


@router.post("/codes", summary="Issue an enrolment code", response=CREATED)
def issue_code(request: HttpRequest, wanted: CodeRequest) -> Created:
    """Issue a one-time code; its text is in this answer and nowhere else."""
    code, text = actions.issue_enrolment_code(
        actor=actor_of(request),
        organisation=members.member(wanted.member),
        node_name=wanted.node_name,
    )
    return created({"id": code.id, "code": text, "expires_at": stamp(code.expires_at)})


@router.post("/{node_id}/revoke", summary="Revoke a node")
def revoke(request: HttpRequest, node_id: str, why: Reason) -> dict[str, Any]:
    """Refuse a node from now on."""
    node = queries.node(node_id)
    return node_json(actions.revoke_node(actor=actor_of(request), node=node, reason=why.reason))


@router.get("/{node_id}", summary="One node")
def get_node(request: HttpRequest, node_id: str) -> dict[str, Any]:
    """Return one node; its member and the operator see what waits for it."""
    actor, node = actor_of(request), queries.node(node_id)
    if actor.organisation != node.organisation_id and not actor.has(Role.OPERATOR, Role.AUDITOR):
        raise fail(NOT_YOURS, actor.organisation, "node", required=node.organisation_id)
    return node_json(node) | {"waiting": queries.waiting(node), "outbox": node.outbox}


def node_json(node: Node) -> dict[str, Any]:
    """Return a node as JSON."""
    return {
        "id": node.id,
        "name": node.name,
        "member": node.organisation_id,
        "state": node.state,
        "online": node.online,
        "software": node.software,
        "fingerprint": node.fingerprint,
        "enrolled_at": stamp(node.created_at),
        "last_seen_at": stamp(node.last_seen_at),
    }
