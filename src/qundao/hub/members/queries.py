"""Reads: alliances, members, users."""

from __future__ import annotations

from django.db.models import QuerySet

from qundao.hub.codes import NOT_FOUND
from qundao.hub.members.models import Alliance, ApiToken, Organisation, User
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role


def alliances() -> QuerySet[Alliance]:
    """Return all alliances, oldest first."""
    return Alliance.objects.order_by("created_at", "id")


def alliance(alliance_id: str) -> Alliance:
    """Return one alliance. Raises `hub.not_found`."""
    found = Alliance.objects.filter(pk=alliance_id).first()
    if found is None:
        raise fail(NOT_FOUND, alliance_id, "alliance")
    return found


def members(alliance: Alliance | None = None) -> QuerySet[Organisation]:
    """Return the members (of one alliance), in the order in which they joined."""
    found = Organisation.objects.select_related("alliance")
    return found.filter(alliance=alliance) if alliance else found


def member(organisation_id: str) -> Organisation:
    """Return one member. Raises `hub.not_found`."""
    found = members().filter(pk=organisation_id).first()
    if found is None:
        raise fail(NOT_FOUND, organisation_id, "member")
    return found


def users(organisation: Organisation | None = None) -> QuerySet[User]:
    """Return the users (of one member), by name, with their roles."""
    found = User.objects.select_related("organisation").prefetch_related("held_roles")
    return found.filter(organisation=organisation) if organisation else found


def users_in_role(role: Role) -> QuerySet[User]:
    """Return the active users who hold a role."""
    return users().filter(is_active=True, held_roles__role=role)


def user_named(username: str) -> User:
    """Return a user by name. Raises `hub.not_found`."""
    found = users().filter(username=username.casefold()).first()
    if found is None:
        raise fail(NOT_FOUND, username, "user")
    return found


def token(token_id: str) -> ApiToken:
    """Return one API token. Raises `hub.not_found`."""
    found = ApiToken.objects.select_related("user").filter(pk=token_id).first()
    if found is None:
        raise fail(NOT_FOUND, token_id, "token")
    return found
