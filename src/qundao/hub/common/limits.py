"""Rate limits, per process: a sliding window over the last requests of each caller.

They protect the process's load, not a secret: with several workers the limit holds per worker.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from qundao.hub.codes import TOO_MANY
from qundao.kernel.errors import fail

_CALLERS = 10_000


class RateLimit:
    """At most `limit` requests of one caller in `seconds`."""

    def __init__(
        self, limit: int, seconds: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._seconds, self._ticks = limit, seconds, ticks
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def check(self, caller: str) -> None:
        """Count one request. Raises `hub.too_many_requests`."""
        with self._lock:
            wait = self._wait(caller)
        if wait > 0:
            limit, seconds = self._limit, f"{self._seconds:g}"
            raise fail(TOO_MANY, "", limit=limit, seconds=seconds, wait=math.ceil(wait))

    def forget(self) -> None:
        """Begin anew, as a new process does."""
        with self._lock:
            self._seen.clear()

    def _wait(self, caller: str) -> float:
        """Return how long to wait: 0 when the request was counted."""
        tick = self._ticks()
        times = self._seen.setdefault(caller, deque())
        self._seen.move_to_end(caller)
        if len(self._seen) > _CALLERS:
            self._seen.popitem(last=False)
        while times and times[0] <= tick - self._seconds:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + self._seconds - tick
        times.append(tick)
        return 0.0
