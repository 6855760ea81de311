"""Runs the node: the agent's threads and the console, until the process is told to end."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from qundao.kernel.errors import problem
from qundao.node.codes import CONSOLE_FAILED
from qundao.node.console import api, pages
from qundao.node.console.desk import Contact, Desk, NoContact
from qundao.node.console.guard import Guard
from qundao.node.console.sessions import Sessions, new_login
from qundao.node.files import write_private
from qundao.node.keys import api_token
from qundao.node.loops import Loops
from qundao.node.office import Office

_STYLE = Path(__file__).parent / "static" / "console.css"


def serve(office: Office, port: int) -> None:
    """Be the node: poll, compute, deliver, and show the console on 127.0.0.1 (port 0: a free one).

    Prints one JSON line with the console's address and a one-time login code. Ends in order on
    SIGTERM and SIGINT.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    told_to_end = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: told_to_end.set())
    loops = Loops(office)
    with _listening(port) as taken:
        port = taken.getsockname()[1]
        with _serving(build_app(office, port, loops.contact), taken):
            loops.start()
            with _announced(office, f"http://127.0.0.1:{port}"):
                told_to_end.wait()
            loops.stop()


@contextmanager
def _serving(app: ASGIApp, taken: socket.socket) -> Iterator[None]:
    """Serve in a thread, so that signals stay ours."""
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", server_header=False, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)


def build_app(office: Office, port: int, contact: Contact | None = None) -> ASGIApp:
    """Return the console as an ASGI application for this port."""
    desk = Desk(
        office, port, api_token(office.folder.keys), Sessions(office.clock), contact or NoContact()
    )
    found: list[BaseRoute] = [
        *pages.routes(desk),
        *api.routes(desk),
        Route("/console.css", _style),
        Route("/favicon.ico", _no_icon),
    ]
    return Guard(Starlette(routes=found, exception_handlers={500: _failed}), port)


async def _failed(request: Request, _: Exception) -> Response:
    """Say what to do instead of a bare 500; the exception itself goes to the log."""
    found = problem(CONSOLE_FAILED, request.url.path)
    return PlainTextResponse(f"{found.line('zh-hans')}\n{found.line('en')}\n", 500)


async def _no_icon(_: object) -> Response:
    return Response(status_code=204)


async def _style(_: object) -> Response:
    return FileResponse(_STYLE, media_type="text/css")


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        yield taken
    finally:
        taken.close()


@contextmanager
def _announced(office: Office, url: str) -> Iterator[None]:
    """Say where the console is: in a file for other commands, and once on the terminal."""
    held = {"url": url, "pid": os.getpid()}
    write_private(office.folder.console, json.dumps(held).encode())
    line = {"node": office.id, "console": url, "login": new_login(office)}
    print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 - the terminal is the channel
    try:
        yield
    finally:
        office.folder.console.unlink(missing_ok=True)
