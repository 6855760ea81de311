"""Waking long polls: at once within this process, within a second across processes.

A committed message wakes its node's poll directly. For messages that another process wrote, one
task per process looks once a second for all nodes that wait here, so that the number of queries
does not grow with the number of waiting nodes, and no waiting poll holds a database connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from threading import Lock

from asgiref.sync import sync_to_async

LOOK_EVERY = 1.0
log = logging.getLogger("qundao.hub")

Waiting = Callable[[Iterable[str]], set[str]]


class Wakeups:
    """The polls that wait in this process, by node."""

    def __init__(self, waiting: Waiting) -> None:
        """`waiting(nodes)` returns those of `nodes` for which the database holds messages."""
        self._waiting = waiting
        self._bells: dict[str, set[_Bell]] = {}
        self._lock = Lock()
        self._watchers: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}

    def wake(self, node: str) -> None:
        """Wake the polls of a node; from any thread."""
        with self._lock:
            bells = tuple(self._bells.get(node, ()))
        for bell in bells:
            bell.ring()

    async def wait(self, node: str, seconds: float) -> bool:
        """Wait until the node is woken (True) or the time is over (False)."""
        bell = _Bell(asyncio.get_running_loop())
        self._add(node, bell)
        try:
            await asyncio.wait_for(bell.rung.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            self._remove(node, bell)
        return True

    def _add(self, node: str, bell: _Bell) -> None:
        with self._lock:
            self._bells.setdefault(node, set()).add(bell)
        watcher = self._watchers.get(bell.loop)
        if watcher is None or watcher.done():
            self._watchers[bell.loop] = bell.loop.create_task(self._watch(bell.loop))

    def _remove(self, node: str, bell: _Bell) -> None:
        with self._lock:
            self._bells[node].discard(bell)
            if not self._bells[node]:
                del self._bells[node]

    def _nodes(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._bells)

    async def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look for messages as long as somebody waits."""
        look = sync_to_async(self._waiting, thread_sensitive=False)
        while nodes := self._nodes():
            await asyncio.sleep(LOOK_EVERY)
            try:
                for node in await look(nodes):
                    self.wake(node)
            except Exception:
                log.exception("looking for waiting messages failed")
        self._watchers.pop(loop, None)


class _Bell:
    """Wakes one poll, which lives in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.rung = asyncio.Event()

    def ring(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.rung.set)
