"""The JSON API: one description (OpenAPI) over the same actions and queries as the pages.

A program signs in with `Authorization: Bearer qdt_…`; a page's script with its session and the
CSRF token. Each desk adds its routes by having `router` in its `api.py`.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

from qundao import __version__
from qundao.hub.codes import BAD_INPUT, NOT_FOUND, NOT_SIGNED_IN, STALE_FORM
from qundao.hub.common import errors
from qundao.hub.common.actors import VISITOR, Actor
from qundao.hub.members.tokens import user_of_token
from qundao.kernel.errors import QundaoError, problem


class TokenAuth(HttpBearer):
    """`Authorization: Bearer qdt_…`: a token that a user made for a program."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the token's user, or None."""
        user = user_of_token(token)
        if user is not None:
            request.user = user
            request.actor = user.actor  # type: ignore[attr-defined]
        return user


api = NinjaAPI(
    title="Qundao API",
    version=__version__,
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
    auth=[TokenAuth(), SessionAuth()],
)


Created = Status[dict[str, Any]]
CREATED: dict[int, Any] = {201: dict[str, Any]}
"""The `response` of an operation that makes something: 201 and what it made."""


def created(value: dict[str, Any]) -> Created:
    """Return the answer 201 with what was made."""
    return Status(201, value)


def actor_of(request: HttpRequest) -> Actor:
    """Return who makes this request."""
    actor: Actor = getattr(request, "actor", VISITOR)
    return actor


@api.exception_handler(QundaoError)
def _ours(request: HttpRequest, error: QundaoError) -> HttpResponse:
    return errors.answer(request, error)


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    return errors.answer(request, QundaoError(problem(NOT_SIGNED_IN, "", "Authorization")))


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = STALE_FORM if error.status_code == 403 else BAD_INPUT
    return errors.answer(request, QundaoError(problem(code, str(error), required="HTTP")))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    return errors.answer(request, QundaoError(problem(NOT_FOUND, request.path)))


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        problem(
            BAD_INPUT,
            str(item.get("input", ""))[:200],
            ".".join(str(part) for part in item["loc"]),
            required=item["msg"],
        )
        for item in error.errors
    ]
    return errors.answer(request, QundaoError(*found))


@api.exception_handler(Exception)
def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    return errors.answer(request, errors.unexpected(error))
