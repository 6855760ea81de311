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
    """Total and category scores, 0 to 100, and the costliest failed checks, worst first.

    `without_waivers` is the total if the steward had waived nothing; never above the total.
    """

    total: float
    categories: tuple[tuple[str, float], ...]
    mend_first: tuple[Cost, ...]
    without_waivers: float

    @property
    def whole(self) -> int:
        """Return the total without waivers, rounded down, as the tariff takes it.

        A waiver explains a shortcoming; it must not earn.
        """
        return int(self.without_waivers)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoreSummary:
        """Read a scorecard. Raises `catalogue.bad_profile`."""
        try:
            if data["schema"] != SCHEMA:
                raise ValueError(f"schema {SCHEMA} is required")
            categories = data["categories"]
            total = _points(data["total"])
            without = _points(data.get("total_without_waivers", total))
            if without > total:
                raise ValueError(f"at most {total} without waivers, received {without}")
            costs = sorted((_cost(c) for c in data.get("costs", ())), key=lambda c: -c.points)
            _check_catalogue(data.get("catalogue"))
            _check_waived(data.get("waived", ()))
            return cls(
                total,
                tuple((c, _points(categories[c])) for c in CATEGORIES if c in categories),
                tuple(costs[:5]),
                without,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            received = f"{type(error).__name__}: {error}"[:200]
            raise fail(BAD_PROFILE, received, "scorecard", required=SCHEMA) from error


def _cost(data: Mapping[str, Any]) -> Cost:
    place = ".".join(str(p) for p in (data["table"], data.get("field")) if p)
    return Cost(str(data["check"]), place, _points(data["points"]))


def _check_catalogue(told: Any) -> None:
    """A scorecard names the catalogue of checks that made it; one of old need not."""
    if told is None:
        return
    for name in ("version", "digest"):
        _text(told[name])
    if type(told["checks"]) is not int:
        raise ValueError(f"a whole number of checks is required, received {told['checks']!r}")


def _check_waived(waived: Any) -> None:
    for one in waived:
        _cost(one)
        for name in ("reason", "until"):
            _text(one[name])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is required, received {value!r}")
    return value


def _points(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError(f"0 to 100 points are required, received {value!r}")
    return float(value)
