"""The yardstick: which questions made a score, so that a reader sees when two are comparable.

Two scores are comparable where the same checks were asked with the same arguments, thresholds,
severities and weights, and costs were reckoned in the same way. All of that is in one digest;
a threshold of the site's own, or a check more, makes another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qundao import __version__
from qundao.kernel.canonical import digest
from qundao.quality.check import Check
from qundao.quality.score import WEIGHTS

LOSS = "square root of the excess over the threshold"
"""How a check loses its points (`score.loss`): part of the yardstick."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The model, the product's version that carried the catalogue, the checks and their digest.

    `digest` is 64 hexadecimal digits (SHA-256 over the canonical form, RFC 8785).
    """

    model: str
    version: str
    checks: int
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return the yardstick as the scorecard carries it, under `catalogue`."""
        return {
            "model": self.model,
            "version": self.version,
            "checks": self.checks,
            "digest": self.digest,
        }


def yardstick(model: str, checks: Iterable[Check]) -> Yardstick:
    """Return the yardstick of these checks; their order plays no part."""
    asked = sorted(_asked(c) for c in checks)
    weights = {severity.value: weight for severity, weight in WEIGHTS.items()}
    whole = {"checks": asked, "weights": weights, "loss": LOSS}
    return Yardstick(model, __version__, len(asked), digest(whole))


def _asked(check: Check) -> tuple[str, ...]:
    threshold = "" if check.threshold_pct is None else f"{check.threshold_pct:g}"
    return (check.id, check.argument, threshold, check.category.value, check.severity.value)


def same_yardstick(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two scorecards (as JSON) are comparable; not where one does not say."""
    digests = [(card.get("catalogue") or {}).get("digest") for card in (one, other)]
    return digests[0] is not None and digests[0] == digests[1]
