"""API tokens: `qdt_` and 256 random bits; the table keeps a digest, so stealing it opens nothing.

A plain SHA-256 is enough: there is nothing to guess in 256 random bits.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db.models import Q

from qundao.hub.common.clock import now
from qundao.hub.members.models import ApiToken, User
from qundao.kernel.canonical import sha256_hex

PREFIX = "qdt_"
_NOTED_EVERY = timedelta(minutes=1)


def new_token_text() -> str:
    """Return a new token; it is shown once and never stored."""
    return PREFIX + secrets.token_urlsafe(32)


def token_digest(text: str) -> str:
    """Return what the table keeps of a token."""
    return sha256_hex(text.encode())


def user_of_token(text: str) -> User | None:
    """Return the active user for whom a valid token speaks, or None; note that it was used."""
    if not text.startswith(PREFIX):
        return None
    instant = now()
    valid = ApiToken.objects.filter(
        digest=token_digest(text),
        revoked_at=None,
        expires_at__gt=instant,
        user__is_active=True,
    )
    token = valid.select_related("user__organisation").first()
    if token is None or not token.user.may_enter:
        return None
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=instant - _NOTED_EVERY)
    ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=instant)
    return token.user
