"""Serving the hub: uvicorn, one process or several."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import uvicorn

from qundao.hub.codes import WORKERS_NEED_POSTGRESQL
from qundao.hub.instance import open_hub
from qundao.kernel.errors import fail

GRACE_SECONDS = 5


def serve_hub(directory: Path, *, host: str, port: int) -> None:
    """Serve the hub in `directory` until the process is told to stop.

    Workers come from QUNDAO_WORKERS; several need PostgreSQL. Raises `hub.not_initialised`,
    `hub.workers_need_postgresql`.
    """
    open_hub(directory)
    from django.conf import settings
    from django.db import connection

    workers = settings.HUB.workers
    if workers > 1 and connection.vendor != "postgresql":
        raise fail(WORKERS_NEED_POSTGRESQL, f"{workers} × {connection.vendor}", "QUNDAO_WORKERS")
    sys.stdout.write(f"http://{host}:{port}/\n")
    sys.stdout.flush()
    # uvicorn ends in good order and then raises the signal once more: let that be a plain end.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    uvicorn.run(
        "qundao.hub.asgi:application",
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        # Headers of proxies are read by members.sign_in.address_of, by the number declared.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _end(_: int, __: object) -> NoReturn:
    raise SystemExit(0)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])
