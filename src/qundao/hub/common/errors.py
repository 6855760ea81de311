"""The edge where errors meet people: a page, or JSON for programs, in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language

from qundao.hub.codes import BAD_INPUT, FORBIDDEN, NOT_FOUND, STALE_FORM, TOO_LARGE, UNEXPECTED
from qundao.hub.common.actors import request_id
from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.kernel.roles import Role

log = logging.getLogger("qundao.hub")
_FOR_PROGRAMS = ("/api/", "/node/")


def for_program(request: HttpRequest) -> bool:
    """Tell whether the answer goes to a program."""
    if request.path.startswith(_FOR_PROGRAMS):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def language(request: HttpRequest) -> str:
    """Return the language of the reader: the active one."""
    return get_language() or getattr(request, "LANGUAGE_CODE", "zh-hans")


def answer(request: HttpRequest, error: QundaoError) -> HttpResponse:
    """Return the page or the JSON that explains an error."""
    if for_program(request):
        return JsonResponse(json_body(error.problems, language(request)), status=error.status)
    context = {
        "problems": [p.text(language(request)) for p in error.problems],
        "status": error.status,
        "reference": request_id.get(),
    }
    return render(request, "common/problem.html", context, status=error.status)


def json_body(problems: Iterable[Problem], reader: str) -> dict[str, list[dict[str, object]]]:
    """Return problems as JSON: `errors` translated for people, `problems` raw for programs."""
    found = tuple(problems)
    return {
        "errors": [dict(p.text(reader)) for p in found],
        "problems": [p.to_json() for p in found],
    }


def translate(error: Exception) -> QundaoError | None:
    """Return Django's own exceptions as ours; None when it is not one we know."""
    if isinstance(error, QundaoError):
        return error
    if isinstance(error, Http404):
        return QundaoError(problem(NOT_FOUND, ""))
    if isinstance(error, PermissionDenied):
        return QundaoError(_denied(error))
    return None


def unexpected(error: Exception) -> QundaoError:
    """Log what nobody foresaw and return what may be told about it: a reference."""
    reference = request_id.get() or "–"
    log.error("unexpected error, reference %s", reference, exc_info=error)
    return QundaoError(problem(UNEXPECTED, type(error).__name__, reference=reference))


def _denied(error: Exception) -> Problem:
    """Return Django's refusal as ours: only the read-only tables make it."""
    staff = Role.OPERATOR.words, Role.AUDITOR.words
    zh, en = "、".join(w.zh for w in staff), " or ".join(w.en for w in staff)
    return problem(FORBIDDEN, str(error), zh=zh, en=en)


# --- Django's error views (urls.py names them) ----------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django could not read at all."""
    too_large = type(exception).__name__ == "RequestDataTooBig"
    found = (
        problem(TOO_LARGE, "", limit="–")
        if too_large
        else problem(BAD_INPUT, type(exception).__name__, required="HTTP")
    )
    return answer(request, QundaoError(found))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer Django's own refusals (403)."""
    return answer(request, QundaoError(_denied(exception)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer an address that leads nowhere (404)."""
    return answer(request, QundaoError(problem(NOT_FOUND, request.path)))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unforeseen error (500); the log has the rest under the same reference."""
    return answer(request, QundaoError(problem(UNEXPECTED, "", reference=request_id.get() or "–")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that this site did not issue to this session."""
    return answer(request, QundaoError(problem(STALE_FORM, reason)))
