"""Serving an ASGI application on a free port of loopback, in a thread of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def free_port() -> Iterator[socket.socket]:
    """Hold a free port while open."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    try:
        yield taken
    finally:
        taken.close()


@contextmanager
def serving(app: ASGIApp, taken: socket.socket) -> Iterator[str]:
    """Serve while open; gives the address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True  # a long poll may be under way
        thread.join(10)
