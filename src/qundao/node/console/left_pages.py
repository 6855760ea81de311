"""The list of what left: its page, the whole of it as CSV, and each message as it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from qundao.node import gate_log, outbox, permit_book
from qundao.node.console.desk import Desk
from qundao.node.console.endpoints import Endpoint, page
from qundao.node.console.left_file import left_csv
from qundao.node.console.paging import paged
from qundao.node.console.rendering import language_of
from qundao.node.status import permit_line
from qundao.node.store import Tx

SHOWN = 20


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the page and its files."""
    node = desk.office.id
    table = _file(desk, _csv, "text/csv; charset=utf-8", lambda _: f"what-left-{node}.csv")
    message = _file(
        desk, _message, "application/json", lambda r: f"left-{node}-{r.path_params['number']}.json"
    )
    return [
        Route("/left", page(desk, "left.html", _left), methods=["GET"]),
        Route("/left.csv", table, methods=["GET"]),
        Route("/left/{number:int}.json", message, methods=["GET"]),
    ]


def _left(desk: Desk, request: Request) -> dict[str, Any]:
    """Show a page of the list; all of a period at once where it is to be printed."""
    since, until = _days(request)
    period = _period(request)
    whole = request.query_params.get("whole") == "yes"
    with desk.office.store.read() as tx:
        held = gate_log.count(tx, *period)
        pages = paged(request, held, max(held, 1) if whole else SHOWN)
        found = gate_log.entries(tx, *period, most=pages.size, skipped=pages.skipped)
        return {
            "entries": found,
            "held": held,
            "pages": pages,
            "since": since,
            "until": until,
            "broken_at": gate_log.broken_at(tx),
            "permits": {
                e["content"]["permit"]: _line(tx, e) for e in found if e["lane"] == "study"
            },
        }


def _line(tx: Tx, entry: dict[str, Any]) -> dict[str, Any]:
    return permit_line(permit_book.get(tx, entry["content"]["permit"]))


def _days(request: Request) -> tuple[str, str]:
    """Return the days asked for, from and to, empty where not told."""
    since, until = (request.query_params.get(n, "")[:10] for n in ("from", "to"))
    return since, until


def _period(request: Request) -> tuple[str, str]:
    """Return the instants between which the days lie, both days included; all without any."""
    since, until = _days(request)
    return since, f"{until}T99" if until else "9"


# --- files -----------------------------------------------------------------------------------


def _file(
    desk: Desk,
    make: Callable[[Tx, Request], bytes | None],
    kind: str,
    name: Callable[[Request], str],
) -> Endpoint:
    """Return the endpoint of a file; `make` returns None for what there is not."""

    def made(request: Request) -> bytes | None:
        with desk.office.store.read() as tx:
            return make(tx, request)

    async def answer(request: Request) -> Response:
        if desk.session(request) is None:
            return RedirectResponse("/login", 303)
        data = await run_in_threadpool(made, request)
        if data is None:
            return Response(status_code=404)
        headers = {"Content-Disposition": f'attachment; filename="{name(request)}"'}
        return Response(data, media_type=kind, headers=headers)

    return answer


def _csv(tx: Tx, request: Request) -> bytes:
    return left_csv(tx, gate_log.entries(tx, *_period(request)), language_of(request))


def _message(tx: Tx, request: Request) -> bytes | None:
    """Return what was sealed and sent, as it was: for whoever inspects."""
    sent = gate_log.message_of(tx, request.path_params["number"])
    payload = outbox.payload_of(tx, sent) if sent else None
    return json.dumps(payload, ensure_ascii=False, indent=1).encode() if payload else None
