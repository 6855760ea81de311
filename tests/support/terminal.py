"""A `qundao` command at a terminal of its own, as a person starts it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 300


class Terminal:
    """The person's side of the terminal."""

    def __init__(self, child: subprocess.Popen, side: int) -> None:
        self._child = child
        self._side = side
        self._shown = ""

    def read_until(self, words: str) -> str:
        """Return everything shown up to and with `words`."""
        deadline = time.monotonic() + SECONDS
        while words not in self._shown:
            assert time.monotonic() < deadline, self._shown[-3000:]
            assert self._read() or self._child.poll() is None, self._shown[-3000:]
        return self._shown

    def press(self, keys: bytes) -> None:
        """Type at the keyboard."""
        os.write(self._side, keys)

    def ended(self) -> int:
        """Return the exit code, once the command has ended."""
        deadline = time.monotonic() + SECONDS
        while self._child.poll() is None:
            assert time.monotonic() < deadline, self._shown[-3000:]
            self._read()
        return self._child.returncode

    def _read(self) -> bool:
        ready, _, _ = select.select([self._side], [], [], 0.2)
        try:
            found = os.read(self._side, 65536) if ready else b""
        except OSError:  # the other side is closed
            found = b""
        self._shown += found.decode("utf-8", "replace")
        return bool(found)


@contextmanager
def at_a_terminal(*arguments: str) -> Iterator[Terminal]:
    """Start a command at a new terminal; end it, if it has not ended, on the way out."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", _START, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "QUNDAO_LANGUAGE": "en"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(child, ours)
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            child.wait(60)
        os.close(ours)


# The new session takes the terminal as its own, so that Ctrl-C reaches the command.
_START = """
import fcntl, runpy, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("qundao.cli.main", run_name="__main__", alter_sys=True)
"""
