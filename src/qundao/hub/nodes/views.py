"""The pages of this desk: how the nodes are, enrolment codes, revoking a node."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.hub.common.actors import Actor
from qundao.hub.keys import hub_key
from qundao.hub.members import queries as members
from qundao.hub.nodes import actions, queries
from qundao.hub.nodes.enrolment_code import PINNED
from qundao.hub.nodes.models import Node
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, require_confirmed, show
from qundao.kernel.errors import Problem
from qundao.kernel.roles import Role

READERS = (Role.OPERATOR, Role.AUDITOR, Role.STEWARD)


def _visible(actor: Actor) -> QuerySet[Node]:
    """Return every node for the operator and the auditor, a steward's own ones for a steward."""
    found = queries.nodes()
    if actor.has(Role.OPERATOR, Role.AUDITOR):
        return found
    return found.filter(organisation_id=actor.organisation)


@for_roles(*READERS)
def nodes(request: HttpRequest) -> HttpResponseBase:
    """List the nodes with their state."""
    actor = actor_of(request)
    codes = queries.open_codes() if actor.has(Role.OPERATOR) else ()
    return show(
        request, "nodes/nodes.html", nodes=_visible(actor), codes=codes, key=hub_key().verify_key
    )


@for_roles(*READERS)
def node(request: HttpRequest, node_id: str) -> HttpResponseBase:
    """Show one node: when it was heard, what waits for it, its key."""
    return _node(request, queries.node_among(_visible(actor_of(request)), node_id))


def _node(
    request: HttpRequest, found: Node, problems: tuple[Problem, ...] = ()
) -> HttpResponseBase:
    waiting, form = queries.waiting(found), given(request, "reason")
    return show(request, "nodes/node.html", problems, node=found, waiting=waiting, form=form)


@for_roles(Role.OPERATOR)
@require_POST
def revoke(request: HttpRequest, node_id: str) -> HttpResponseBase:
    """Refuse a node from now on."""
    found = queries.node(node_id)

    def revoke_it() -> Node:
        require_confirmed(request)
        return actions.revoke_node(actor=actor_of(request), node=found, **given(request, "reason"))

    revoked, problems = attempt(revoke_it)
    if revoked is None:
        return _node(request, found, problems)
    messages.success(request, _("节点已撤销，它的密钥不再被接受。"))
    return redirect("node", found.id)


@for_roles(Role.OPERATOR)
@require_POST
def enrolment_code(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Issue a one-time code for a member's node and show it, this once."""
    member = members.member(member_id)
    code, text = actions.issue_enrolment_code(
        actor=actor_of(request),
        organisation=member,
        node_name=given(request, "node_name")["node_name"],
    )
    return show(
        request,
        "nodes/code.html",
        member=member,
        code=code,
        text=text,
        address=request.build_absolute_uri("/").rstrip("/"),
        key=hub_key().verify_key,
        pinned=PINNED,
    )
