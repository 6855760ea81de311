"""Waiting for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

from qundao.cli.codes import TOOK_TOO_LONG
from qundao.kernel.errors import fail

PATIENCE_SECONDS = 120.0


def wait_until(done: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `done()`. Raises `cli.took_too_long` naming what did not come."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise fail(TOOK_TOO_LONG, what, seconds=int(seconds))
        time.sleep(0.25)
