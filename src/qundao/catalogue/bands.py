"""Counts in bands, so that a page tells the size of a group and nothing about its members.

Groups below the contributor's own threshold all look the same, empty ones too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EDGES = (10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
_NUMBER = r"(0|[1-9][0-9]{0,2}(?:,[0-9]{3}){0,6})"
_FORMS = (
    (re.compile(f"<{_NUMBER}"), lambda n: (0, n[0] - 1)),
    (re.compile(f"{_NUMBER}–{_NUMBER}"), lambda n: (n[0], n[1])),
    (re.compile(f"≥{_NUMBER}"), lambda n: (n[0], None)),
)


@dataclass(frozen=True, slots=True)
class Band:
    """Counts from `low` to `high`, both included; `high` None: no upper end."""

    low: int
    high: int | None

    def __post_init__(self) -> None:
        if self.low < 0 or (self.high is not None and self.high < self.low):
            raise ValueError(f"a band from low to high is required, received {self!r}")

    @property
    def small(self) -> bool:
        """Tell whether this is the band of groups below the threshold."""
        return self.low == 0

    @property
    def text(self) -> str:
        """Return the band as text: `<10`, `1,000–4,999` or `≥1,000,000`."""
        if self.high is None:
            return f"≥{self.low:,}"
        return f"<{self.high + 1:,}" if self.small else f"{self.low:,}–{self.high:,}"

    @property
    def shown(self) -> str:
        """Return the band for a reader: `＜10`, `1,000–4,999`."""
        return self.text.replace("<", "＜")

    @classmethod
    def parse(cls, text: str) -> Band:
        """Read what `text` writes. Raises ValueError on anything that is not a band."""
        for form, edges in _FORMS:
            found = form.fullmatch(text[:60])
            if found:
                return cls(*edges([int(g.replace(",", "")) for g in found.groups()]))
        raise ValueError(f"a band such as <10 or 1,000–4,999 is required, received {text!r}"[:200])

    def is_of(self, least: int) -> bool:
        """Tell whether this is one of the bands that `band` gives for a threshold."""
        return self == band(self.low, least)


def band(count: int, least: int) -> Band:
    """Return the band of a count of at least 0, for a threshold of at least 1.

    Raises ValueError.
    """
    if count < 0 or least < 1:
        raise ValueError(f"count ≥ 0 and least ≥ 1 are required, received {count}, {least}")
    if count < least:
        return Band(0, least - 1)
    edges = [least, *(e for e in EDGES if e > least)]
    low = max(e for e in edges if e <= count)
    above = [e for e in edges if e > low]
    return Band(low, above[0] - 1 if above else None)
