"""From a database URL to Django's settings: SQLite by default, PostgreSQL by one setting."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from qundao.hub.environment import HubEnvironment

BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite before it gives up."""


def database(environment: HubEnvironment) -> dict[str, Any]:
    """Return Django's DATABASES["default"] for this environment."""
    url = environment.database_url
    if url.startswith(("postgresql://", "postgres://")):
        return _postgresql(url)
    path = url.removeprefix("sqlite:").removeprefix("//")
    return _sqlite(Path(path) if path else environment.hub_dir / "hub.sqlite")


def _sqlite(path: Path) -> dict[str, Any]:
    """WAL, and write locks taken at BEGIN: two writers queue instead of failing half-way."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            " PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;",
        },
        # A file, not memory: tests use several threads and processes, as the hub does.
        "TEST": {"NAME": str(Path(tempfile.gettempdir()) / f"qundao-test-{_own()}.sqlite")},
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": f"qundao_test_{_own()}"},
    }


def _own() -> str:
    """Return a name of this process's own, so that two test runs never share a database."""
    return str(os.getpid())
