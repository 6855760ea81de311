"""What every request passes: security headers, who is acting, and the edge for errors.

All three are middleware that run in async requests without a thread of their own, so that a
long poll does not occupy one while it waits.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from qundao.hub.common import errors
from qundao.hub.common.actors import VISITOR, Actor, request_id
from qundao.kernel.ids import new_id

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)


class SecurityHeaders(MiddlewareMixin):
    """Nothing inline, nothing from elsewhere, nothing framed."""

    def process_response(self, _: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that Django does not set."""
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class RequestContext(MiddlewareMixin):
    """Name the request, tell who acts, and speak the language that the user has chosen."""

    def process_request(self, request: HttpRequest) -> None:
        """Set `request.actor`, the request's id and the language."""
        request_id.set(new_id("req"))
        user = request.user
        actor: Actor = user.actor if user.is_authenticated else VISITOR
        request.actor = actor  # type: ignore[attr-defined]
        switched = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if user.is_authenticated and user.language and not switched:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or user.language


class ErrorEdge(MiddlewareMixin):
    """Turn errors that say what is wrong into answers that say it."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer our own errors here; Django's error views answer the rest."""
        known = errors.translate(exception)
        if known is None and errors.for_program(request):
            known = errors.unexpected(exception)
        return errors.answer(request, known) if known else None
