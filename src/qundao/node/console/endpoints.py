"""How a page and a decision of the console run: signed in, in a thread, refusals shown on top."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from qundao.kernel.errors import QundaoError
from qundao.node.console.desk import Desk, check_csrf, read_form
from qundao.node.console.rendering import render

Show = Callable[[Desk, Request], dict[str, Any]]
Decide = Callable[[Desk, Request, dict[str, str]], str]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(desk: Desk, template: str, show: Show) -> Endpoint:
    """Return the endpoint that shows a page to who has signed in."""

    async def answer(request: Request) -> Response:
        if desk.session(request) is None:
            return RedirectResponse("/login", 303)
        return await run_in_threadpool(_shown, desk, request, template, show, None)

    return answer


def decision(desk: Desk, decide: Decide, shown: tuple[str, Show]) -> Endpoint:
    """Return the endpoint of a form: decide and go on, or show its page with what is wrong.

    The page finds what was written in `request.state.form`.
    """

    async def answer(request: Request) -> Response:
        session = desk.session(request)
        if session is None:
            return RedirectResponse("/login", 303)
        try:
            form = await read_form(request)
            check_csrf(session, form)
            request.state.form = form
            return RedirectResponse(await run_in_threadpool(decide, desk, request, form), 303)
        except QundaoError as error:
            return await run_in_threadpool(_shown, desk, request, *shown, error)

    return answer


def _shown(
    desk: Desk, request: Request, template: str, show: Show, error: QundaoError | None
) -> Response:
    try:
        facts = show(desk, request)
    except QundaoError as missing:
        return render(desk, request, "problem.html", {}, error or missing)
    return render(desk, request, template, facts, error)
