"""How a column moved since an earlier profile, on that profile's own bins and categories.

Population stability index: sum of (p - q) ln(p / q) with half a row added to empty cells (Siddiqi
2006); Jensen-Shannon distance with logarithms to base 2, 0 to 1; and the share of rows that
would have to change, which is the total variation distance and what a finding counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_EMPTY = 0.5


@dataclass(frozen=True, slots=True)
class Drift:
    """Distances between two distributions, and categories that came or went."""

    psi: float
    js: float
    moved: float
    new: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    missing_change_pct: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the drift for the steward's profile."""
        return {
            "psi": round(self.psi, 6),
            "js_distance": round(self.js, 6),
            "moved_pct": round(100 * self.moved, 4),
            "new": list(self.new),
            "lost": list(self.lost),
            "missing_change_pct": round(self.missing_change_pct, 4),
        }


def between(before: Sequence[int], after: Sequence[int]) -> tuple[float, float, float]:
    """Return PSI, Jensen-Shannon distance and the share that moved, of counts in equal cells."""
    if not sum(before) or not sum(after):
        return 0.0, 0.0, 0.0
    p, q = _shares(before), _shares(after)
    smooth_p, smooth_q = _shares(_filled(before)), _shares(_filled(after))
    psi = sum((b - a) * math.log(b / a) for a, b in zip(smooth_p, smooth_q, strict=True))
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    js = (_kl(p, middle) + _kl(q, middle)) / 2
    moved = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
    return psi, math.sqrt(max(js, 0.0)), moved


def drift(before: Mapping[str, Any], now: Mapping[str, Any]) -> Drift | None:
    """Return the drift between two columns of profiles (as JSON); None where nothing compares."""
    change = now["missing_pct"] - before["missing_pct"]
    then_bins, bins = ((c.get("numbers") or {}).get("bins") for c in (before, now))
    if then_bins and bins and then_bins["edges"] == bins["edges"]:
        psi, js, moved = between(then_bins["counts"], bins["counts"])
        return Drift(psi, js, moved, missing_change_pct=change)
    if before.get("values") is not None and now.get("values") is not None:
        return _categories(before, now, change)
    return Drift(0.0, 0.0, 0.0, missing_change_pct=change) if change else None


def _categories(before: Mapping[str, Any], now: Mapping[str, Any], change: float) -> Drift:
    """Compare shown categories; all that are not shown make one cell."""
    then, held = ({v["value"]: v["rows"] for v in c["values"]} for c in (before, now))
    every = sorted(then.keys() | held.keys())
    cells = []
    for column, counts in ((before, then), (now, held)):
        shown = [counts.get(v, 0) for v in every]
        cells.append([*shown, max(column["told"] - sum(shown), 0)])
    psi, js, moved = between(*cells)
    new = tuple(v for v in every if v not in then)
    lost = tuple(v for v in every if v not in held)
    return Drift(psi, js, moved, new, lost, change)


def _shares(counts: Sequence[float]) -> list[float]:
    return [c / sum(counts) for c in counts]


def _filled(counts: Sequence[int]) -> list[float]:
    return [c or _EMPTY for c in counts]


def _kl(p: Sequence[float], q: Sequence[float]) -> float:
    return sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True) if a)
