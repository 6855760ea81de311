"""How counts are shown in a profile: bands, and nothing about groups below the threshold."""

from __future__ import annotations

_EDGES = (10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)


def band(count: int, least: int) -> str:
    """Return the band of a count: `<10`, `10–49`, `1,000–4,999`, `≥1,000,000`."""
    if count < least:
        return f"<{least}"
    edges = [least, *(e for e in _EDGES if e > least)]
    lower = max(e for e in edges if e <= count)
    above = [e for e in edges if e > lower]
    return f"{lower:,}–{above[0] - 1:,}" if above else f"≥{lower:,}"
