"""People and members for tests of the hub (all synthetic)."""

from __future__ import annotations

from qundao.hub.common.actors import HUB_ACTOR, Actor
from qundao.hub.members.actions import admit_member, create_user, open_alliance
from qundao.hub.members.models import Alliance, Organisation, User
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

PASSWORD = "archipelago-of-data-27"


def make_operator(username: str = "operator") -> Actor:
    """Create the operator and return them as an actor."""
    return make_user(username, Role.OPERATOR).actor


def make_alliance() -> Alliance:
    """Open an alliance."""
    return open_alliance(
        actor=HUB_ACTOR, name=Words("示例联盟", "Example alliance"), region="合成地区"
    )


def make_member(name: str = "甲医院", alliance: Alliance | None = None) -> Organisation:
    """Admit a hospital."""
    return admit_member(
        actor=HUB_ACTOR,
        alliance=alliance or Alliance.objects.first() or make_alliance(),
        name=Words(name, f"Member {name}"),
        kind=Organisation.Kind.HOSPITAL,
        region="合成地区",
    )


def make_user(username: str, *roles: Role, member: Organisation | None = None) -> User:
    """Create a user in roles; without a member they work for the operator."""
    return create_user(
        actor=HUB_ACTOR,
        username=username,
        display_name=username.title(),
        password=PASSWORD,
        roles=roles,
        organisation=member,
    )
