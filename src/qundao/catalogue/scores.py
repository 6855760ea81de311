"""The scorecard as the catalogue refers to it: total, categories, what to mend first.

The quality room makes scorecards on the node; here is only what a list or page shows of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qundao.catalogue.codes import BAD_PROFILE
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

SCHEMA = "qundao.scorecard/1"
CATEGORIES: dict[str, Words] = {
    "conformance": Words("规范性", "conformance"),
    "completeness": Words("完整性", "completeness"),
    "plausibility": Words("合理性", "plausibility"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """A check that costs points: where it fails, and how many points it takes."""

    check: str
    place: str
    points: float


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """Total and category scores, 0 to 100, and the costliest failed checks, worst first."""

    total: float
    categories: tuple[tuple[str, float], ...]
    mend_first: tuple[Cost, ...]

    @property
    def whole(self) -> int:
        """Return the total rounded down, as the tariff takes it."""
        return int(self.total)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoreSummary:
        """Read a scorecard. Raises `catalogue.bad_profile`."""
        try:
            if data["schema"] != SCHEMA:
                raise ValueError(f"schema {SCHEMA} is required")
            categories = data["categories"]
            costs = sorted(data.get("costs", ()), key=lambda c: -_points(c["points"]))
            return cls(
                _points(data["total"]),
                tuple((c, _points(categories[c])) for c in CATEGORIES if c in categories),
                tuple(_cost(c) for c in costs[:5]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            received = f"{type(error).__name__}: {error}"[:200]
            raise fail(BAD_PROFILE, received, "scorecard", required=SCHEMA) from error


def _cost(data: Mapping[str, Any]) -> Cost:
    place = ".".join(str(p) for p in (data["table"], data.get("field")) if p)
    return Cost(str(data["check"]), place, _points(data["points"]))


def _points(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError(f"0 to 100 points are required, received {value!r}")
    return float(value)
