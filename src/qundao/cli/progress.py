"""Progress on a terminal, for work that takes over two seconds."""

from __future__ import annotations

import sys
import time

QUIET_SECONDS = 2


class TerminalProgress:
    """Writes one line of progress to stderr, from two seconds on."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show how far the work is."""
        if time.monotonic() - self._begun > QUIET_SECONDS:
            end = "\n" if done >= total else ""
            print(f"\r{done:,}/{total:,} {what[:60]:<60}", end=end, file=sys.stderr, flush=True)
