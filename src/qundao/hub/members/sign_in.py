"""Signing in and out, with a brake: repeated failures pause a name and an address for a while.

The brake counts in the database, so that it holds over several web processes. Names and
addresses are kept as hashes; a password typed into the name field is not kept at all.
"""

# ruff: noqa: ARG001 - every action takes its actor, for the check and for the event

from __future__ import annotations

import math
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest

from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import VISITOR, Actor
from qundao.hub.common.clock import now
from qundao.hub.members.codes import SIGN_IN_BLOCKED, SIGN_IN_FAILED, SUSPENDED
from qundao.hub.members.models import SignInFailures, User
from qundao.kernel.canonical import sha256_hex
from qundao.kernel.errors import Problem, problem

WINDOW = timedelta(minutes=15)
PER_NAME = 5
PER_ADDRESS = 50


def sign_in(request: HttpRequest, *, username: str, password: str) -> Problem | None:
    """Sign the user in, or return why not.

    `members.sign_in_failed`, `members.sign_in_blocked`, `members.suspended`.
    """
    user = user_with_password(request, username=username, password=password)
    if isinstance(user, Problem):
        return user
    login(request, user)
    return None


def user_with_password(request: HttpRequest, *, username: str, password: str) -> User | Problem:
    """Return the user whose password this is, or why not; the log notes either outcome.

    That a member is suspended is told to those alone who know the password.
    """
    name = username.strip().casefold()
    limits = {_key("name", name): PER_NAME, _key("address", address_of(request)): PER_ADDRESS}
    blocked = _blocked(limits)
    if blocked:
        return blocked
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        note_failure(actor=VISITOR, name=name, keys=tuple(limits))
        return problem(SIGN_IN_FAILED, username[:64], "username")
    if not user.may_enter:
        note_refusal(actor=user.actor)
        return problem(SUSPENDED, user.organisation_id, "member")
    note_success(actor=user.actor, name_key=_key("name", name))
    return user


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    if isinstance(request.user, User):
        note_end(actor=request.user.actor)
    logout(request)


@action(kinds=("visitor",))
def note_failure(*, actor: Actor, name: str, keys: tuple[str, ...]) -> Done[None]:
    """Count a failed sign-in. The log names the user when there is one, never what was typed."""
    known = User.objects.filter(username=name).first()
    for key in keys:
        _count(key)
    return done(None, "login.failed", known.id if known else "", known=known is not None)


@action(kinds=("user",))
def note_success(*, actor: Actor, name_key: str) -> Done[None]:
    """Log a sign-in and forget the failures before it."""
    SignInFailures.objects.filter(key=name_key).delete()
    return done(None, "login.succeeded", actor.id)


@action(kinds=("user",))
def note_refusal(*, actor: Actor) -> Done[None]:
    """Log that somebody whose member is suspended knew the password and was not let in."""
    return done(None, "login.failed", actor.id, known=True, suspended=True)


@action(kinds=("user",))
def note_end(*, actor: Actor) -> Done[None]:
    """Log a sign-out."""
    return done(None, "login.ended", actor.id)


def address_of(request: HttpRequest) -> str:
    """Return the address of who asks, past the reverse proxies that the operator has declared."""
    proxies = settings.HUB.trusted_proxies
    path = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
    if proxies and len(path) >= proxies and path[-proxies]:
        return path[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def _key(kind: str, text: str) -> str:
    return sha256_hex(f"{kind}:{text}".encode())


def _blocked(limits: dict[str, int]) -> Problem | None:
    recent = SignInFailures.objects.filter(key__in=limits, window_start__gt=now() - WINDOW)
    for row in recent:
        if row.failures >= limits[row.key]:
            return _pause(row, limits[row.key])
    return None


def _pause(row: SignInFailures, limit: int) -> Problem:
    left = row.window_start + WINDOW - now()
    wait = max(1, math.ceil(left.total_seconds() / 60))
    minutes = int(WINDOW.total_seconds() // 60)
    return problem(SIGN_IN_BLOCKED, row.failures, minutes=minutes, limit=limit, wait=wait)


def _count(key: str) -> None:
    """Count one failure; a window that has passed starts anew."""
    row, _ = SignInFailures.objects.select_for_update().get_or_create(
        key=key, defaults={"window_start": now()}
    )
    if row.window_start <= now() - WINDOW:
        row.failures, row.window_start = 0, now()
    row.failures += 1
    row.save()
