"""The agent at work: three threads that never wait for each other, until they are told to end.

The poller holds the long poll, the worker computes, the courier delivers and tells the hub at
once when the stop button was pressed. Each goes on after any failure, later and later up to a
minute, with jitter so that many nodes do not return together.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from qundao.kernel.errors import QundaoError
from qundao.node import agent, environment, switch
from qundao.node.link import Link
from qundao.node.office import Office
from qundao.node.tasks import work_once

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
LOOK_SECONDS = 0.3
_log = logging.getLogger("qundao.node")


class Backoff:
    """How long to wait after failures in a row: doubling, bounded, with jitter (half to full)."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self.failures = 0

    def failed(self) -> float:
        """Count a failure; return the seconds to wait."""
        pause = min(FIRST_PAUSE * 2.0 ** min(self.failures, 20), LONGEST_PAUSE)
        self.failures += 1
        return pause * (0.5 + self._chance() / 2)

    def succeeded(self) -> None:
        """Start again from the shortest pause."""
        self.failures = 0


class Contact:
    """When the hub was last heard, and what went wrong since; for status pages."""

    def __init__(self) -> None:
        self.heard_at: str | None = None
        self.error: QundaoError | None = None

    def heard(self, at: str) -> None:
        """Note that the hub answered."""
        self.heard_at, self.error = at, None


class Loops:
    """Runs the agent's errands in threads. `start`, then `stop`; not to be started twice."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.contact = Contact()
        self._end = threading.Event()
        self._work = threading.Event()
        self._poll_seconds = environment.poll_seconds()
        errands = (("poller", self._poll), ("worker", self._work_off), ("courier", self._deliver))
        self._threads = [
            threading.Thread(target=self._run, args=(act,), name=f"qundao-{name}", daemon=True)
            for name, act in errands
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """End: no errand begins any more. A long poll or a computation under way is let go, as
        if the process had been killed: nothing is lost by that.
        """
        self._end.set()
        self._work.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads[1:]:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, errand: Callable[[Link], None]) -> None:
        backoff = Backoff()
        with Link(self.office.identity.hub_url) as link:
            while not self._end.is_set():
                try:
                    errand(link)
                    backoff.succeeded()
                except QundaoError as error:
                    self._later(error, backoff)
                except Exception:
                    _log.exception("%s failed", threading.current_thread().name)
                    self._end.wait(backoff.failed())
        self.office.store.close()

    def _later(self, error: QundaoError, backoff: Backoff) -> None:
        if backoff.failures == 0:
            _log.warning("%s", error)
        self.contact.error = error
        self._end.wait(backoff.failed())

    def _poll(self, link: Link) -> None:
        heard = agent.poll(self.office, link, self._poll_seconds)
        self.contact.heard(self.office.stamp())
        if heard:
            self._work.set()

    def _work_off(self, link: Link) -> None:  # noqa: ARG002
        if not work_once(self.office):
            self._work.wait(LOOK_SECONDS)
            self._work.clear()

    def _deliver(self, link: Link) -> None:
        """Deliver as soon as something waits; report the stop button at once."""
        reported: bool | None = None
        while not self._end.wait(LOOK_SECONDS):
            with self.office.store.read() as tx:
                stopped = switch.state(tx).stopped
            if stopped != reported:
                agent.poll(self.office, link, wait_seconds=0)
                reported = stopped
            if agent.deliver(self.office, link):
                self.contact.heard(self.office.stamp())
