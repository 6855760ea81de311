"""The JSON API of this desk: who one is, and who the members are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.members import queries
from qundao.hub.members.models import Organisation

router = Router()


@router.get("/me", summary="Who I am")
def me(request: HttpRequest) -> dict[str, Any]:
    """Return the id, member and roles for which this request acts."""
    actor = actor_of(request)
    return {"id": actor.id, "member": actor.organisation, "roles": sorted(actor.roles)}


@router.get("/", summary="The members")
def list_members(request: HttpRequest, page: int = 1) -> dict[str, Any]:  # noqa: ARG001
    """Return one page of the members."""
    return paginate(queries.members(), page).to_json(member_json)


@router.get("/{member_id}", summary="One member")
def get_member(request: HttpRequest, member_id: str) -> dict[str, Any]:  # noqa: ARG001
    """Return one member."""
    return member_json(queries.member(member_id))


def member_json(member: Organisation) -> dict[str, Any]:
    """Return a member as JSON."""
    return {
        "id": member.id,
        "name": {"zh": member.name_zh, "en": member.name_en},
        "kind": member.kind,
        "region": member.region,
        "state": member.state,
        "alliance": member.alliance_id,
    }
