"""Counts in bands: 1–2–5 steps, so that a page tells the size of a group and not its members."""

from __future__ import annotations

import re
from dataclasses import dataclass

FLOOR = 10
"""Below this a count is shown as `<10`; zero looks the same."""
_TEXT = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)")


@dataclass(frozen=True, slots=True, order=True)
class Band:
    """Counts from `low` to `high`, both included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if (self.low, self.high) != _edges(self.low):
            raise ValueError(f"a band such as <10, 10-19 or 20-49 is required, received {self!r}")

    def __contains__(self, count: int) -> bool:
        return self.low <= count <= self.high

    @property
    def text(self) -> str:
        """Return the band as it travels and is stored: `<10` or `20-49`."""
        return f"<{FLOOR}" if self.low == 0 else f"{self.low}-{self.high}"

    @property
    def shown(self) -> str:
        """Return the band for a reader: `＜10` or `1,000–1,999`."""
        return f"＜{FLOOR}" if self.low == 0 else f"{self.low:,}–{self.high:,}"

    @classmethod
    def parse(cls, text: str) -> Band:
        """Read what `text` writes. Raises ValueError on anything that is not a band."""
        if text == f"<{FLOOR}":
            return cls(0, FLOOR - 1)
        found = _TEXT.fullmatch(text)
        if not found or len(text) > 40:
            raise ValueError(f"a band such as <10, 10-19 or 20-49 is required, received {text!r}")
        return cls(int(found.group(1)), int(found.group(2)))


def band(count: int) -> Band:
    """Return the band that holds a count of at least 0. Raises ValueError below 0."""
    if count < 0:
        raise ValueError(f"a count of at least 0 is required, received {count}")
    return Band(*_edges(count))


def _edges(count: int) -> tuple[int, int]:
    if count < FLOOR:
        return 0, FLOOR - 1
    power = 10 ** (len(str(count)) - 1)
    leading = count // power
    low = max(step for step in (1, 2, 5) if step <= leading)
    high = {1: 2, 2: 5, 5: 10}[low]
    return low * power, high * power - 1
