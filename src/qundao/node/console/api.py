"""The console's JSON endpoints: the pages' actions for scripts, by bearer token.

    GET  /api/status      GET  /api/permits/ID     GET  /api/left
    POST /api/switch      {"stopped": true, "who": "…", "why": "…"}
    POST /api/approve     {"permit": "…", "steward": "…", "document": "…"}
    POST /api/decline     {"permit": "…", "steward": "…", "reason": "…"}

The token is in the node's folder, `keys/api.token`. Cookies are not looked at, so that no page
can act through a browser.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.words import as_language
from qundao.node import gate_log, permits, switch
from qundao.node.codes import DECISION_INCOMPLETE, NOT_SIGNED_IN
from qundao.node.console.desk import Desk
from qundao.node.console.permit_view import permit_view
from qundao.node.console.sessions import same_text
from qundao.node.status import overview

Act = Callable[[Desk, dict[str, str]], Any]


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the endpoints."""
    reads: dict[str, Act] = {
        "/api/status": lambda d, _: status(d),
        "/api/left": lambda d, _: {"entries": _left(d)},
        "/api/permits/{permit}": lambda d, given: permit_view(d.office, given["permit"]),
    }
    writes: dict[str, Act] = {
        "/api/switch": _switch,
        "/api/approve": _approve,
        "/api/decline": _decline,
    }
    return [
        *(Route(p, _endpoint(desk, act), methods=["GET"]) for p, act in reads.items()),
        *(Route(p, _endpoint(desk, act), methods=["POST"]) for p, act in writes.items()),
    ]


def status(desk: Desk) -> dict[str, Any]:
    """Return the overview with what only the running node knows."""
    error = desk.contact.error
    problems = [p.to_json() for p in error.problems] if error else []
    return overview(desk.office) | {"heard_at": desk.contact.heard_at, "link": problems}


def _endpoint(desk: Desk, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            _authorise(desk, request)
            given = dict(request.path_params) | await _body(request)
            return JSONResponse(await run_in_threadpool(act, desk, given))
        except QundaoError as error:
            language = as_language(request.headers.get("accept-language", ""))
            problems = {"problems": [p.to_json() for p in error.problems]}
            return JSONResponse(error.to_json(language) | problems, error.status)

    return answer


def _authorise(desk: Desk, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not same_text(token.strip(), desk.api_token):
        desk.sessions.count_try()
        raise fail(NOT_SIGNED_IN, scheme[:20], "Authorization")


async def _body(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    try:
        body = json.loads(await request.body())
        if not isinstance(body, dict):
            raise ValueError(type(body).__name__)
    except ValueError as error:
        raise _incomplete(str(error)[:80]) from error
    return body


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise _incomplete(f"{name}: {value!r}"[:80])
    return value


def _incomplete(received: str) -> QundaoError:
    return fail(DECISION_INCOMPLETE, received, "body", zh="完整的 JSON 对象", en="the JSON fields")


def _switch(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    stopped = given.get("stopped")
    if not isinstance(stopped, bool):
        raise _incomplete(f"stopped: {stopped!r}"[:80])
    office = desk.office
    with office.store.write() as tx:
        pressed = switch.press(
            tx, stopped=stopped, who=_text(given, "who"), why=_text(given, "why"), at=office.stamp()
        )
    return pressed.to_json()


def _approve(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    named = {name: _text(given, name) for name in ("permit", "steward", "document")}
    return permits.approve(desk.office, **named).to_json()


def _decline(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    named = {name: _text(given, name) for name in ("permit", "steward", "reason")}
    return permits.decline(desk.office, **named).to_json()


def _left(desk: Desk) -> list[dict[str, Any]]:
    with desk.office.store.read() as tx:
        return gate_log.entries(tx)
