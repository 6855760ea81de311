"""Real processes on loopback: started, watched until ready, logged, weighed and stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from qundao.cli.codes import PROCESS_DIED
from qundao.kernel.errors import fail

READY_SECONDS = 90


class Process:
    """One `qundao` command running in the background, with its log file."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "qundao.cli.main", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Tell whether the process has not ended."""
        return self._child.poll() is None

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until `ready()`; raises `cli.process_died` when it ends or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                break
            if ready():
                return
            time.sleep(0.1)
        received = f"exit {self._child.poll()}: {self.tail()}"
        raise fail(PROCESS_DIED, received, name=self.name, seconds=READY_SECONDS, log=self.log)

    def tail(self, characters: int = 400) -> str:
        """Return the end of the log."""
        return self.log.read_text("utf-8", "replace")[-characters:].strip()

    def ask_to_end(self) -> None:
        """Ask the process to end and do not wait."""
        if self._child.poll() is None:
            self._child.terminate()

    def stop(self) -> None:
        """Ask the process to end, and end it after ten seconds. Twice does nothing."""
        if self._child.poll() is None:
            self.ask_to_end()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()


def memory_bytes(pids: Sequence[int]) -> int | None:
    """Return the summed proportional set size (PSS) of processes and their children, in bytes.

    None where the system does not tell (not Linux).
    """
    family = set(pids)
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    for pid in pids:
        family |= set(_children(pid))
    return sum(_pss(pid) for pid in family)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
