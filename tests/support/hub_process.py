"""A real hub in processes of its own: made, served, killed, served again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

READY_SECONDS = 60
PASSWORD = "archipelago-of-data-27"


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """Make a database for one hub where QUNDAO_DATABASE_URL names PostgreSQL; yield its setting.

    On SQLite the hub's own folder holds the database: nothing is set.
    """
    url = os.environ.get("QUNDAO_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = f"qundao_process_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {"QUNDAO_DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class HubProcess:
    """One hub folder and, while it is served, its process and address."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("QUNDAO_")}
        self.environ |= environ
        self.address = ""
        self.child: subprocess.Popen[str] | None = None

    def python(self, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run code after opening the hub; `folder` is its folder."""
        opening = f"from pathlib import Path; folder = Path({str(self.folder)!r})\n"
        return subprocess.run(
            [sys.executable, "-c", opening + code],
            env=self.environ | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def init(self, **environ: str) -> subprocess.CompletedProcess[str]:
        """Make the hub with an operator."""
        code = (
            "from qundao.hub.commands import init\n"
            f"print(init(folder, operator_login='operator', operator_password={PASSWORD!r}))"
        )
        return self.python(code, **environ)

    def serve(self, **environ: str) -> HubProcess:
        """Serve on a free port and wait until it answers."""
        code = (
            "from pathlib import Path; from qundao.hub.commands import serve\n"
            f"serve(Path({str(self.folder)!r}))"
        )
        self.child = subprocess.Popen(
            [sys.executable, "-c", code],
            env=self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            text=True,
        )
        assert self.child.stdout is not None
        self.address = self.child.stdout.readline().strip().rstrip("/")
        self._wait()
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; return its exit code."""
        assert self.child is not None
        self.child.send_signal(how)
        return self.ended()

    def stop_if_running(self) -> None:
        """End the process if a test left it running."""
        if self.child is not None and self.child.poll() is None:
            self.stop()

    def ended(self) -> int:
        """Wait for the process's end; return its exit code."""
        assert self.child is not None
        code = self.child.wait(30)
        if self.child.stdout:
            self.child.stdout.close()
        return code

    def operator(self) -> httpx.Client:
        """Return a client signed in as the operator."""
        client = httpx.Client(base_url=self.address, timeout=30)
        given = {"username": "operator", "password": PASSWORD, "name": "test"}
        answer = client.post("/api/v1/members/tokens", json=given)
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return client

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self.child is not None
            assert self.child.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.address}/api/v1/openapi.json", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the hub did not come up: {self.log.read_text()[-2000:]}")
