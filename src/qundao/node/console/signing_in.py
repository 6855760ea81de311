"""Signing in: by a code that the machine printed, or as a person by number and password."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from qundao.kernel.errors import QundaoError
from qundao.node import people
from qundao.node.console.desk import Desk, check_csrf, read_form
from qundao.node.console.endpoints import Endpoint, decision, page
from qundao.node.console.rendering import render
from qundao.node.console.sessions import Session, use_login


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the pages of signing in and out, of one's password and of the list of people."""
    own = ("people.html", _people)
    return [
        Route("/login", _login_page(desk), methods=["GET"]),
        Route("/login", _login(desk), methods=["POST"]),
        Route("/logout", _logout(desk), methods=["POST"]),
        Route("/people", page(desk, *own), methods=["GET"]),
        Route("/people", decision(desk, _choose, own), methods=["POST"]),
    ]


def _login_page(desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        return render(desk, request, "login.html", {})

    return answer


def _login(desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            form = await read_form(request)
            desk.sessions.count_try()
            session = await run_in_threadpool(_begin, desk, form)
        except QundaoError as error:
            return render(desk, request, "login.html", {}, error)
        wants = session.person is not None and not session.person.has_password
        response = RedirectResponse("/people" if wants else "/", 303)
        response.set_cookie(desk.cookie, session.id, httponly=True, samesite="strict", path="/")
        return response

    return answer


def _begin(desk: Desk, form: dict[str, str]) -> Session:
    if not form.get("number", "").strip():
        return desk.sessions.begin(use_login(desk.office, form.get("code", "")))
    with desk.office.store.read() as tx:
        person = people.sign_in(tx, number=form["number"], password=form.get("password", ""))
    return desk.sessions.begin(person, by_code=False)


def _logout(desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        session = desk.session(request)
        if session is None:
            return RedirectResponse("/login", 303)
        try:
            check_csrf(session, await read_form(request))
        except QundaoError as error:
            return render(desk, request, "problem.html", {}, error)
        desk.sessions.end(session)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(desk.cookie, path="/")
        return response

    return answer


def _people(desk: Desk, request: Request) -> dict[str, Any]:
    session = desk.session(request)
    with desk.office.store.read() as tx:
        held = people.everyone(tx)
        own = next(
            (p for p in held if session and session.person and p.id == session.person.id), None
        )
        return {
            "people": held,
            "journal": people.journal(tx),
            "own": own,
            "asks_old": bool(own and session and not session.by_code),
            "least": people.LEAST,
        }


def _choose(desk: Desk, request: Request, form: dict[str, str]) -> str:
    session = desk.session(request)
    by_code = session is not None and session.by_code
    with desk.office.store.write() as tx:
        person = people.require(tx, desk.person(request))
        people.set_password(
            tx,
            person,
            old=None if by_code else form.get("old", ""),
            new=form.get("new", ""),
            again=form.get("again", ""),
            at=desk.office.stamp(),
        )
    return "/people"
