"""Writes: open an alliance, admit members, create users, give roles, issue tokens."""

# ruff: noqa: ARG001 - every action takes its actor, for the check and for the event

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from qundao.audit.actions import declare_action
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.members.codes import (
    BAD_CHOICE,
    BAD_CREDIT_CODE,
    BAD_EMAIL,
    BAD_USERNAME,
    BLANK,
    CREDIT_CODE_TAKEN,
    NO_ROLE,
    NOT_SUSPENDED,
    NOT_YOUR_TOKEN,
    OPERATOR_OF_A_MEMBER,
    ROLES_APART,
    SUSPENDED,
    USERNAME_TAKEN,
    WEAK_PASSWORD,
    WRONG_PASSWORD,
)
from qundao.hub.members.credit_code import is_credit_code
from qundao.hub.members.models import Alliance, ApiToken, HeldRole, Organisation, User
from qundao.hub.members.tokens import new_token_text, token_digest
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.roles import Role
from qundao.kernel.words import LANGUAGES, Words

_CONTROLS = (Role.REVIEWER, Role.AUDITOR)
"""Roles that check what the operator does, and so are never the operator's own."""
TOKEN_LIFETIME = timedelta(days=90)
TOKEN_ISSUED = declare_action("user.token_issued", Words("API 令牌签发", "API token issued"))
TOKEN_REVOKED = declare_action("user.token_revoked", Words("API 令牌撤销", "API token revoked"))
MEMBER_READMITTED = declare_action(
    "member.readmitted", Words("成员单位恢复", "member readmitted"), "high"
)


@action(Role.OPERATOR)
def open_alliance(*, actor: Actor, name: Words, region: str) -> Done[Alliance]:
    """Open an alliance. Raises `members.blank`."""
    raise_if(_blank(region=region))
    alliance = Alliance.objects.create(name_zh=name.zh, name_en=name.en, region=region)
    return done(alliance, "alliance.opened", alliance.id, name=name.zh, region=region)


@action(Role.OPERATOR)
def admit_member(
    *,
    actor: Actor,
    alliance: Alliance,
    name: Words,
    kind: Organisation.Kind,
    region: str,
    credit_code: str = "",
) -> Done[Organisation]:
    """Admit an organisation. Raises `members.*` with every defect."""
    code = credit_code.strip().upper()
    raise_if([*_blank(region=region), *_kind_defects(kind), *_code_defects(code)])
    member = Organisation.objects.create(
        alliance=alliance,
        name_zh=name.zh,
        name_en=name.en,
        kind=kind,
        region=region,
        credit_code=code or None,
    )
    return done(member, "member.admitted", member.id, alliance=alliance.id, kind=member.kind)


@action(Role.OPERATOR)
def suspend_member(*, actor: Actor, member: Organisation, reason: str) -> Done[Organisation]:
    """Hear a member's nodes no more and let its users in no more, until it is readmitted.

    What waits for its nodes goes on waiting. Raises `members.blank`, `members.suspended`.
    """
    member = Organisation.objects.select_for_update().get(pk=member.pk)
    defects = [*_blank(reason=reason)]
    if not member.active:
        defects.append(problem(SUSPENDED, member.state, member.id))
    raise_if(defects)
    member.state = Organisation.State.SUSPENDED
    member.save(update_fields=["state"])
    return done(member, "member.suspended", member.id, reason=reason[:500])


@action(Role.OPERATOR)
def readmit_member(*, actor: Actor, member: Organisation, reason: str) -> Done[Organisation]:
    """Let a member's nodes and users in again. Raises `members.blank`, `members.not_suspended`."""
    member = Organisation.objects.select_for_update().get(pk=member.pk)
    defects = [*_blank(reason=reason)]
    if member.active:
        defects.append(problem(NOT_SUSPENDED, member.state, member.id))
    raise_if(defects)
    member.state = Organisation.State.ACTIVE
    member.save(update_fields=["state"])
    return done(member, MEMBER_READMITTED, member.id, reason=reason[:500])


@action(Role.OPERATOR)
def create_user(
    *,
    actor: Actor,
    username: str,
    display_name: str,
    password: str,
    roles: Iterable[Role],
    organisation: Organisation | None = None,
    email: str = "",
    language: str = "",
) -> Done[User]:
    """Create a user in roles. Raises `members.*` with every defect.

    Without an organisation the user works for the operator.
    """
    held = sorted({Role(role) for role in roles})
    user = User(
        username=username.strip().casefold(),
        display_name=display_name.strip(),
        organisation=organisation,
        email=email,
        language=language,
    )
    raise_if([*_user_defects(user, held), *_password_defects(user, password)])
    user.set_password(password)
    user.save(force_insert=True)
    HeldRole.objects.bulk_create(HeldRole(user=user, role=role) for role in held)
    member = organisation.id if organisation else ""
    return done(user, "user.created", user.id, roles=list(held), member=member)


@action(Role.OPERATOR)
def change_roles(*, actor: Actor, user: User, roles: Iterable[Role]) -> Done[User]:
    """Give a user these roles and no others. Raises `members.*` with every defect."""
    before, after = user.roles, frozenset(Role(role) for role in roles)
    raise_if(_role_defects(sorted(after), user))
    user.held_roles.exclude(role__in=after).delete()
    HeldRole.objects.bulk_create(HeldRole(user=user, role=role) for role in after - before)
    return done(user, "user.role_changed", user.id, before=sorted(before), after=sorted(after))


@action(Role.OPERATOR)
def disable_user(*, actor: Actor, user: User, reason: str) -> Done[User]:
    """Take a user's access away; sessions and tokens stop with it. Raises `members.blank`."""
    raise_if(_blank(reason=reason))
    user.is_active = False
    user.save(update_fields=["is_active"])
    return done(user, "user.disabled", user.id, reason=reason)


@action(kinds=("user",))
def change_password(*, actor: Actor, user: User, old: str, new: str) -> Done[User]:
    """Change one's own password. Raises `members.wrong_password`, `members.weak_password`."""
    defects = list(_password_defects(user, new))
    if actor.id != user.id or not user.check_password(old):
        defects.append(problem(WRONG_PASSWORD, "***", "old"))
    raise_if(defects)
    user.set_password(new)
    user.save(update_fields=["password"])
    return done(user, "user.password_changed", user.id)


@action(kinds=("user",))
def issue_token(
    *, actor: Actor, user: User, name: str, lifetime: timedelta = TOKEN_LIFETIME
) -> Done[tuple[ApiToken, str]]:
    """Issue an API token to its own user; returns it with its text, which is shown once.

    Raises `members.not_your_token`, `members.blank`.
    """
    defects = list(_blank(name=name))
    if actor.kind == "user" and actor.id != user.id:
        defects.append(problem(NOT_YOUR_TOKEN, user.id, "user"))
    raise_if(defects)
    text = new_token_text()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=token_digest(text),
        hint=text[:8],
        expires_at=now() + lifetime,
    )
    return done((token, text), TOKEN_ISSUED, token.id, user=user.id)


@action(Role.OPERATOR, kinds=("user",))
def revoke_token(*, actor: Actor, token: ApiToken) -> Done[ApiToken]:
    """Make a token worthless: one's own, or as the operator anyone's.

    Raises `members.not_your_token`.
    """
    if actor.kind == "user" and actor.id != token.user_id and not actor.has(Role.OPERATOR):
        raise_if([problem(NOT_YOUR_TOKEN, token.id, "token")])
    token.revoked_at = token.revoked_at or now()
    token.save(update_fields=["revoked_at"])
    return done(token, TOKEN_REVOKED, token.id, user=token.user_id)


def _blank(**texts: str) -> Iterator[Problem]:
    for where, text in texts.items():
        if not text.strip():
            yield problem(BLANK, "", where)


def _kind_defects(kind: str) -> Iterator[Problem]:
    if kind not in Organisation.Kind.values:
        yield problem(BAD_CHOICE, kind, "kind", choices=", ".join(Organisation.Kind.values))


def _code_defects(code: str) -> Iterator[Problem]:
    if code and not is_credit_code(code):
        yield problem(BAD_CREDIT_CODE, code, "credit_code")
    elif code and Organisation.objects.filter(credit_code=code).exists():
        yield problem(CREDIT_CODE_TAKEN, code, "credit_code")


def _user_defects(user: User, roles: list[Role]) -> Iterator[Problem]:
    yield from _blank(display_name=user.display_name)
    name = user.username
    if not 2 <= len(name) <= 64 or not all(c.isalnum() or c in "._-@" for c in name):
        yield problem(BAD_USERNAME, name, "username")
    elif User.objects.filter(username=name).exists():
        yield problem(USERNAME_TAKEN, name, "username")
    yield from _contact_defects(user)
    yield from _role_defects(roles, user)


def _contact_defects(user: User) -> Iterator[Problem]:
    if user.language and user.language not in LANGUAGES:
        yield problem(BAD_CHOICE, user.language, "language", choices=", ".join(LANGUAGES))
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError:
        yield problem(BAD_EMAIL, user.email, "email")


def _role_defects(roles: list[Role], user: User) -> Iterator[Problem]:
    if not roles:
        yield problem(NO_ROLE, "", "roles")
    if user.organisation_id and Role.OPERATOR in roles:
        yield problem(OPERATOR_OF_A_MEMBER, user.organisation_id, "roles")
    apart = [role for role in roles if role in _CONTROLS]
    if apart and Role.OPERATOR in roles:
        yield problem(ROLES_APART, ", ".join([Role.OPERATOR, *apart]), "roles")


def _password_defects(user: User, password: str) -> Iterator[Problem]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        yield problem(WEAK_PASSWORD, "***", "password", required=" ".join(error.messages))
