"""The console's pages: read, show, and the steward's decisions as forms."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from qundao.disclosure.budget import MICRO
from qundao.kernel.errors import fail
from qundao.node import (
    datasets,
    explore_book,
    intake_book,
    intake_desks,
    permits,
    switch,
    task_book,
    waivers,
)
from qundao.node.codes import BAD_POLICY
from qundao.node.console import (
    api,
    bench_pages,
    intake_job_pages,
    intake_pages,
    left_pages,
    signing_in,
)
from qundao.node.console.desk import Desk
from qundao.node.console.endpoints import Decide, Show, decision, page
from qundao.node.console.paging import paged
from qundao.node.console.permit_view import permit_view
from qundao.node.console.policy_view import change_view
from qundao.node.console.quality_view import quality_view
from qundao.node.console.rendering import language_of
from qundao.node.console.waiver_view import waiver_view

TASKS_SHOWN = 50


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the pages and what their forms do."""
    shown: dict[str, tuple[str, Show]] = {
        "/": ("overview.html", _overview),
        "/permits": ("permits.html", _permits),
        "/permits/{permit}": ("permit.html", _permit),
        "/datasets": ("datasets.html", _datasets),
        "/datasets/{message}": ("dataset.html", _dataset),
        "/tasks": ("tasks.html", _tasks),
        "/budget": ("budget.html", _budget),
    }
    decided: dict[str, tuple[str, Decide]] = {
        "/switch": ("/", _press),
        "/permits/{permit}/approve": ("/permits/{permit}", _approve),
        "/permits/{permit}/decline": ("/permits/{permit}", _decline),
        "/budget": ("/budget", _set_policy),
        "/datasets/{message}/waive": ("/datasets/{message}", _waive),
        "/datasets/{message}/unwaive": ("/datasets/{message}", _end_waiver),
    }
    pages = {path: page(desk, template, show) for path, (template, show) in shown.items()}
    return [
        *signing_in.routes(desk),
        *intake_pages.routes(desk),
        *intake_job_pages.routes(desk),
        *bench_pages.routes(desk),
        *left_pages.routes(desk),
        Route("/language/{language}", _language, methods=["GET"]),
        *(Route(path, own, methods=["GET"]) for path, own in pages.items()),
        *(
            Route(path, decision(desk, decide, shown[own]), methods=["POST"])
            for path, (own, decide) in decided.items()
        ),
    ]


# --- the language -----------------------------------------------------------------------------


async def _language(request: Request) -> Response:
    wanted = "en" if request.path_params["language"] == "en" else "zh-hans"
    response = RedirectResponse(_came_from(request), 303)
    response.set_cookie("qundao_language", wanted, httponly=True, samesite="strict", path="/")
    return response


def _came_from(request: Request) -> str:
    """Return the page of this console that the reader came from; else the first one."""
    told = urlsplit(request.headers.get("referer", ""))
    scope = {"type": "http", "method": "GET", "path": unquote(told.path), "path_params": {}}
    own = told.netloc == request.headers.get("host") and any(
        r.matches(dict(scope))[0] is Match.FULL for r in request.app.routes
    )
    return told._replace(scheme="", netloc="", fragment="").geturl() if own else "/"


# --- what each page shows --------------------------------------------------------------------


def _overview(desk: Desk, _: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        proposed = [(intake_desks.get(tx, v.desk).name, v) for v in intake_book.waiting(tx)]
    return {"status": api.status(desk), "contact": desk.contact, "proposed": proposed}


def _permits(desk: Desk, _: Request) -> dict[str, Any]:
    lines = api.status(desk)["permits"]
    return {
        "waiting": [p for p in lines if p["state"] == "offered"],
        "decided": [p for p in lines if p["state"] != "offered"],
    }


def _permit(desk: Desk, request: Request) -> dict[str, Any]:
    return {"permit": permit_view(desk.office, request.path_params["permit"])}


def _datasets(desk: Desk, _: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        return {"versions": datasets.all_versions(tx)}


def _dataset(desk: Desk, request: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        version = datasets.by_message(tx, request.path_params["message"])
        registered = datasets.of_name(tx, version.name)
        failed = [c for c in version.findings["checks"] if c["status"] in ("failed", "error")]
        today = date.fromisoformat(desk.office.stamp()[:10])
        view = waiver_view(tx, version.name, failed, today)
    quality = quality_view(version, registered, language_of(request))
    return {"version": version, "waivers": view, **quality}


def _tasks(desk: Desk, request: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        pages = paged(request, sum(task_book.count_by_state(tx).values()), TASKS_SHOWN)
        return {"tasks": task_book.log(tx, pages.size, pages.skipped), "pages": pages}


def _budget(desk: Desk, _: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        budgets = explore_book.budgets(tx)
        for held in budgets:
            held["of_all"] = explore_book.spent_on(tx, held["dataset"], held["year"])
        return {
            "policy": explore_book.policy(tx),
            "budgets": budgets,
            "changes": [change_view(c) for c in explore_book.policy_changes(tx)],
            "micro": MICRO,
        }


# --- the steward's decisions -------------------------------------------------------------------


def _press(desk: Desk, _: Request, form: dict[str, str]) -> str:
    with desk.office.store.write() as tx:
        switch.press(
            tx,
            stopped=form.get("stopped") == "1",
            who=form.get("who", ""),
            why=form.get("why", ""),
            at=desk.office.stamp(),
        )
    return "/"


def _approve(desk: Desk, request: Request, form: dict[str, str]) -> str:
    permit = request.path_params["permit"]
    given = {name: form.get(name, "") for name in ("steward", "document")}
    permits.approve(desk.office, permit=permit, **given)
    return f"/permits/{permit}"


def _decline(desk: Desk, request: Request, form: dict[str, str]) -> str:
    permit = request.path_params["permit"]
    given = {name: form.get(name, "") for name in ("steward", "reason")}
    permits.decline(desk.office, permit=permit, **given)
    return f"/permits/{permit}"


def _set_policy(desk: Desk, _: Request, form: dict[str, str]) -> str:
    with desk.office.store.write() as tx:
        who, why = form.get("who", ""), form.get("why", "")
        explore_book.set_policy(tx, _policy(form), who=who, why=why, at=desk.office.stamp())
    return "/budget"


def _waive(desk: Desk, request: Request, form: dict[str, str]) -> str:
    message = request.path_params["message"]
    given = {name: form.get(name, "") for name in ("check", "who", "why", "until")}
    with desk.office.store.write() as tx:
        dataset = datasets.by_message(tx, message).name
        waivers.waive(tx, dataset=dataset, at=desk.office.stamp(), **given)
    return f"/datasets/{message}#waivers"


def _end_waiver(desk: Desk, request: Request, form: dict[str, str]) -> str:
    message = request.path_params["message"]
    given = {name: form.get(name, "") for name in ("check", "who", "why")}
    with desk.office.store.write() as tx:
        dataset = datasets.by_message(tx, message).name
        waivers.end(tx, dataset=dataset, at=desk.office.stamp(), **given)
    return f"/datasets/{message}#waivers"


def _policy(form: dict[str, str]) -> dict[str, Any]:
    try:
        micro = {n: round(float(form[n]) * MICRO) for n in ("price", "total", "dataset_total")}
        ticked = {n: form.get(n) == "1" for n in ("enabled", "cohorts")}
        return {**ticked, "min_cell": int(form["min_cell"]), **micro}
    except (KeyError, ValueError, OverflowError) as error:
        raise fail(BAD_POLICY, json.dumps(form, ensure_ascii=False)[:200], "explore") from error
