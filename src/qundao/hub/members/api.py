"""The JSON API of this desk: signing in, who one is, alliances, members, users."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from qundao.hub.common.api import CREATED, Created, actor_of, created
from qundao.hub.common.pagination import paginate
from qundao.hub.members import actions, queries
from qundao.hub.members.models import Alliance, Organisation, User
from qundao.hub.members.sign_in import user_with_password
from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem, QundaoError
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

router = Router()


class Name(Schema):
    """A name in both languages."""

    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    @property
    def words(self) -> Words:
        """Return the name as words."""
        return Words(self.zh, self.en)


class SignIn(Schema):
    """A user's name and password, and what the program is called."""

    username: str
    password: str
    name: str = "API"


class NewAlliance(Schema):
    """An alliance to open."""

    name: Name
    region: str


class NewMember(Schema):
    """An organisation to admit."""

    alliance: str
    name: Name
    kind: Organisation.Kind
    region: str
    credit_code: str = ""


class NewUser(Schema):
    """A user to create; without a member they work for the operator."""

    username: str
    display_name: str
    password: str
    roles: list[Role]
    member: str = ""
    email: str = ""
    language: str = ""


class Why(Schema):
    """The reason for a decision."""

    reason: str


@router.post("/tokens", summary="Sign in: a token for a program", auth=None, response=CREATED)
def sign_in(request: HttpRequest, given: SignIn) -> Created:
    """Issue a token to the user whose password this is; its text is in this answer only."""
    user = user_with_password(request, username=given.username, password=given.password)
    if isinstance(user, Problem):
        raise QundaoError(user)
    token, text = actions.issue_token(actor=user.actor, user=user, name=given.name)
    expires = stamp(token.expires_at)
    return created({"id": token.id, "token": text, "expires_at": expires, "user": user_json(user)})


@router.post("/alliances", summary="Open an alliance", response=CREATED)
def open_alliance(request: HttpRequest, given: NewAlliance) -> Created:
    """Open an alliance."""
    alliance = actions.open_alliance(
        actor=actor_of(request), name=given.name.words, region=given.region
    )
    return created(alliance_json(alliance))


@router.get("/alliances", summary="The alliances")
def list_alliances(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return every alliance, oldest first."""
    return [alliance_json(alliance) for alliance in queries.alliances()]


@router.post("/users", summary="Create a user", response=CREATED)
def create_user(request: HttpRequest, given: NewUser) -> Created:
    """Create a user in roles."""
    user = actions.create_user(
        actor=actor_of(request),
        username=given.username,
        display_name=given.display_name,
        password=given.password,
        roles=given.roles,
        organisation=queries.member(given.member) if given.member else None,
        email=given.email,
        language=given.language,
    )
    return created(user_json(user))


@router.post("/", summary="Admit a member", response=CREATED)
def admit_member(request: HttpRequest, given: NewMember) -> Created:
    """Admit an organisation to an alliance."""
    member = actions.admit_member(
        actor=actor_of(request),
        alliance=queries.alliance(given.alliance),
        name=given.name.words,
        kind=given.kind,
        region=given.region,
        credit_code=given.credit_code,
    )
    return created(member_json(member))


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


@router.post("/{member_id}/suspend", summary="Suspend a member")
def suspend(request: HttpRequest, member_id: str, why: Why) -> dict[str, Any]:
    """Hear a member's nodes and let its users in no more, until it is readmitted."""
    member = queries.member(member_id)
    return member_json(
        actions.suspend_member(actor=actor_of(request), member=member, reason=why.reason)
    )


@router.post("/{member_id}/readmit", summary="Readmit a member")
def readmit(request: HttpRequest, member_id: str, why: Why) -> dict[str, Any]:
    """Let a member's nodes and users in again."""
    member = queries.member(member_id)
    return member_json(
        actions.readmit_member(actor=actor_of(request), member=member, reason=why.reason)
    )


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


def alliance_json(alliance: Alliance) -> dict[str, Any]:
    """Return an alliance as JSON."""
    return {
        "id": alliance.id,
        "name": {"zh": alliance.name_zh, "en": alliance.name_en},
        "region": alliance.region,
    }


def user_json(user: User) -> dict[str, Any]:
    """Return a user as JSON."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "member": user.organisation_id or "",
        "roles": sorted(user.roles),
    }
