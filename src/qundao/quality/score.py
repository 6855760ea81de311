"""The scorecard: 0 to 100, explained check by check to the last point.

Each applicable category (conformance, completeness, plausibility) carries the same share of 100
points; within it each rule that applies (each kind of check, where a standard has no rules of its
own) weighs by its severity (fatal 4, convention 2, characterization 1); within a rule each place
weighs the same. A check loses the square root of
the share by which it exceeds its threshold, scaled to 0..1, of its points: continuous at the
threshold, and small rates still tell. So the score depends on shares of rows alone: it is the
same when every row is copied, and the parts of a split table add up to the whole.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from qundao.quality.finding import Finding, Status
from qundao.quality.kinds import Category, Severity

SCHEMA = "qundao.scorecard/1"
WEIGHTS: Mapping[Severity, int] = {
    Severity.FATAL: 4,
    Severity.CONVENTION: 2,
    Severity.CHARACTERIZATION: 1,
}
_GRAIN = 1_000_000
_SHARES = ((1, "<1%"), (5, "1–5%"), (20, "5–20%"), (50, "20–50%"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one check costs, in points of the total score."""

    finding: Finding
    points: Fraction

    def to_json(self) -> dict[str, Any]:
        """Return the cost for the hub: the place and a band of the share, no count of rows."""
        check = self.finding.check
        return {
            "check": check.check,
            "rule": check.rule.id if check.rule else None,
            "table": check.table.upper(),
            "field": None if check.field is None else check.field.upper(),
            "category": check.category.value,
            "code": self.finding.reason.value,
            "share": share_band(self.finding.violated_pct),
            "threshold_pct": check.threshold_pct,
            "points": round(float(self.points), 4),
        }

    def waived_json(self) -> dict[str, Any]:
        """Return what a waived shortcoming would cost: place, reason, last day, points."""
        names = ("check", "rule", "table", "field", "category", "code", "share", "points")
        told = self.finding.waiver.told() if self.finding.waiver else {}
        return {name: self.to_json()[name] for name in names} | told


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The score in all and per category; `total` is 100 less all costs, exactly.

    What is waived costs nothing; `waived` tells what it would cost, `total_without_waivers` the
    total if nothing were waived. A category without an applicable check is absent from
    `categories`.
    """

    total: Fraction
    categories: Mapping[Category, Fraction]
    costs: tuple[Cost, ...]
    statuses: Mapping[Status, int]
    waived: tuple[Cost, ...] = ()

    @property
    def total_without_waivers(self) -> Fraction:
        """Return what the total would be if nothing were waived."""
        return self.total - sum((c.points for c in self.waived), Fraction(0))

    def to_json(self) -> dict[str, Any]:
        """Return the scorecard for the hub."""
        return {
            "schema": SCHEMA,
            "total": round(float(self.total), 2),
            "total_without_waivers": round(float(self.total_without_waivers), 2),
            "categories": {c.value: round(float(s), 2) for c, s in self.categories.items()},
            "checks": {s.value: self.statuses.get(s, 0) for s in Status},
            "costs": [cost.to_json() for cost in self.costs],
            "waived": [cost.waived_json() for cost in self.waived],
        }


def score(findings: Sequence[Finding]) -> Scorecard:
    """Return the scorecard of a run; nothing applicable scores 0."""
    judged = [f for f in findings if f.status is not Status.NOT_APPLICABLE]
    shares = _shares(judged)
    losses = [(f, shares[f.check.id], loss(f)) for f in judged]
    categories = tuple(c for c in Category if any(f.check.category is c for f in judged))
    every = [Cost(f, 100 * s * lost / len(categories)) for f, s, lost in losses if lost]
    costs = [c for c in every if c.finding.waiver is None]
    charged = [(f, share, lost) for f, share, lost in losses if f.waiver is None]
    return Scorecard(
        total=100 - sum((c.points for c in costs), Fraction(0)) if judged else Fraction(0),
        categories={c: _category(c, charged) for c in categories},
        costs=_worst_first(costs),
        statuses=Counter(f.status for f in findings),
        waived=_worst_first(c for c in every if c.finding.waiver is not None),
    )


def _worst_first(costs: Iterable[Cost]) -> tuple[Cost, ...]:
    return tuple(sorted(costs, key=lambda c: (-c.points, c.finding.check.id)))


def loss(finding: Finding) -> Fraction:
    """Return the part of its points that a check loses, 0 to 1. One that could not run: 1."""
    if finding.status is Status.ERROR:
        return Fraction(1)
    if finding.status is not Status.FAILED:
        return Fraction(0)
    tolerated = Fraction(finding.check.tolerated) / 100
    share = Fraction(finding.violated_rows, finding.denominator_rows)
    excess = (share - tolerated) / (1 - tolerated)
    return Fraction(math.ceil(math.sqrt(excess) * _GRAIN), _GRAIN)


def share_band(percent: float) -> str:
    """Return the band in which a share of violated rows is shown outside the node."""
    if percent == 0:
        return "0"
    return next((band for edge, band in _SHARES if percent < edge), "≥50%")


def _category(category: Category, losses: Iterable[tuple[Finding, Fraction, Fraction]]) -> Fraction:
    own = (share * lost for f, share, lost in losses if f.check.category is category)
    return 100 * (1 - sum(own, Fraction(0)))


def _shares(judged: Sequence[Finding]) -> dict[str, Fraction]:
    """Return each check's share of its category, by id; each category's shares sum to 1."""
    places = Counter(f.check.question for f in judged)
    questions = {f.check.question: f.check for f in judged}
    weights: Counter[Category] = Counter()
    for check in questions.values():
        weights[check.category] += WEIGHTS[check.severity]
    return {
        f.check.id: Fraction(WEIGHTS[f.check.severity], weights[f.check.category])
        / places[f.check.question]
        for f in judged
    }
