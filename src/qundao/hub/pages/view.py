"""What thin views share: who asks, who may look, and trying an action without losing the form."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from qundao.hub.codes import NOT_CONFIRMED
from qundao.hub.common.actors import VISITOR, Actor, role_problem
from qundao.kernel.errors import Problem, QundaoError, fail
from qundao.kernel.roles import Role

P = ParamSpec("P")
T = TypeVar("T")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """Return who makes this request."""
    actor: Actor = getattr(request, "actor", VISITOR)
    return actor


def for_roles(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let a view answer holders of one of `roles` (none named: everybody who has signed in).

    Visitors are sent to sign in first; others are refused with `hub.forbidden`.
    """

    def decorate(view: View[P]) -> View[P]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if actor.kind == "visitor":
                return redirect_to_login(request.get_full_path())
            if roles and not actor.has(*roles):
                raise QundaoError(role_problem(actor, roles, request.path))
            return view(request, *args, **kwargs)

        update_wrapper(guarded, view)
        return guarded

    return decorate


def attempt(call: Callable[[], T]) -> tuple[T | None, tuple[Problem, ...]]:
    """Do it and return the result, or return every defect so that the form can show them."""
    try:
        return call(), ()
    except QundaoError as error:
        return None, error.problems


def show(
    request: HttpRequest, template: str, problems: tuple[Problem, ...] = (), /, **context: Any
) -> HttpResponse:
    """Render a page; with problems its status is the first problem's."""
    status = problems[0].meaning.status if problems else 200
    return render(request, template, {"problems": problems, **context}, status=status)


def given(request: HttpRequest, *names: str) -> dict[str, str]:
    """Return the named form fields as sent, without surrounding blanks."""
    return {name: request.POST.get(name, "").strip() for name in names}


def require_confirmed(request: HttpRequest) -> None:
    """Raise `hub.not_confirmed` unless the form's box of confirmation is ticked."""
    if request.POST.get("confirm") != "yes":
        raise fail(NOT_CONFIRMED, "", "confirm")
