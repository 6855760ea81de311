"""Means, spreads and standardised differences from exact sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and variance from exact sums: n people, Σx and Σx² in fixed point."""

    n: int
    total: int
    squares: int
    scale: int

    @property
    def mean(self) -> float:
        """Return the mean."""
        return float(Fraction(self.total, self.n * self.scale))

    @property
    def variance(self) -> float:
        """Return the sample variance (divisor n - 1); 0 for a single person."""
        if self.n < 2:
            return 0.0
        spread = Fraction(self.squares) - Fraction(self.total) ** 2 / self.n
        return float(spread / (self.n - 1) / self.scale**2)


def mean_difference(one: Moments, two: Moments) -> float | None:
    """Return (mean1 - mean2) / √((s1² + s2²) / 2), or None without any spread.

    Austin 2009, Stat. Med. 28:3083, formula for continuous variables.
    """
    spread = math.sqrt((one.variance + two.variance) / 2)
    return (one.mean - two.mean) / spread if spread else None


def level_difference(one: Sequence[int], two: Sequence[int]) -> float | None:
    """Return the standardised difference of two lists of counts by level.

    Two levels: (p1 - p2) / √((p1 q1 + p2 q2) / 2) for the first level (Austin 2009). More: the
    Mahalanobis distance of the proportions without the first level (Yang & Dalton 2012, SAS
    Global Forum 335), which has no sign. None where it is not defined.
    """
    if len(one) < 2 or not sum(one) or not sum(two):
        return None
    p, q = (np.array(c, dtype=float) / sum(c) for c in (one, two))
    if len(one) == 2:
        spread = math.sqrt((p[0] * p[1] + q[0] * q[1]) / 2)
        return float(p[0] - q[0]) / spread if spread else None
    gap = (p - q)[1:]
    middle = (_covariance(p[1:]) + _covariance(q[1:])) / 2
    square = float(gap @ np.linalg.pinv(middle) @ gap)
    return math.sqrt(max(square, 0.0))


def _covariance(
    p: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.diag(p) - np.outer(p, p)
