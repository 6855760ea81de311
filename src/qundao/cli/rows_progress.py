"""Progress over rows on a terminal: rows, rows a second, and the time left where it is known."""

from __future__ import annotations

import sys
import time

from qundao.cli.environment import language
from qundao.cli.progress import QUIET_SECONDS
from qundao.kernel.words import Words

_LINE = Words("{what}：{rows} 行，{speed} 行/秒{left}", "{what}: {rows} rows, {speed} rows/s{left}")
_LEFT = Words("，还需 {seconds} 秒", ", {seconds} s left")
_WIDTH = 78
_AGAIN_SECONDS = 0.25


class RowsProgress:
    """Writes one line to stderr that follows the rows, from two seconds on."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._what, self._since, self._last = "", self._begun, self._begun
        self._shown, self._told = False, self._begun

    def __call__(self, what: str, rows: int, total: int | None) -> None:
        """Show how far the work is; `what` names the table that is worked on."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._since = what, self._last
        self._last = now
        if now - self._begun > QUIET_SECONDS and now - self._told >= _AGAIN_SECONDS:
            self._told = now
            self._show(rows, total, max(now - self._since, 1e-3))

    def close(self) -> None:
        """End the line, if one was written."""
        if self._shown:
            print(file=sys.stderr)

    def _show(self, rows: int, total: int | None, seconds: float) -> None:
        self._shown, speed = True, rows / seconds
        left = ""
        if total and speed:
            still = max(total - rows, 0) / speed
            left = _LEFT.format(seconds=f"{still:,.0f}").in_(language())
        facts = {"what": self._what[:40], "rows": f"{rows:,}", "speed": f"{speed:,.0f}"}
        told = _LINE.format(**facts, left=left).in_(language())
        print(f"\r{told:<{_WIDTH}}", end="", file=sys.stderr, flush=True)
