"""Survival from released intervals: estimates at the edges, confidence limits, median.

An interval one day wide gives the Kaplan–Meier factor 1 - d/n (whoever is censored on a day is
at risk on it), and so does a wider one without censoring. A wider interval with censoring is
treated as in a life table: those censored count for half, 1 - d/(n - c/2) (Cutler & Ederer 1958,
J. Chronic Dis. 8:699). Variance after Greenwood 1926, limits on the log(-log) scale
(Kalbfleisch & Prentice 1980).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from qundao.disclosure.risk_series import Run

LEVEL = 0.95
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Interval:
    """One released interval (start, end] in days, and survival at its end.

    `at_risk` people at its start, `events`, `censored`; `exposed` is n or n - c/2. Limits are
    None where they are not defined (nobody or everybody had the event).
    """

    start: int
    end: int
    at_risk: int
    events: int
    censored: int
    exposed: Fraction
    survival: Fraction
    low: float | None
    high: float | None

    @property
    def actuarial(self) -> bool:
        """Tell whether the life-table rule was needed."""
        return self.exposed != self.at_risk


def exposure(run: Run, width: int) -> Fraction:
    """Return the people at risk of an interval `width` days wide: n, or n - c/2."""
    halved = run.exits if width > 1 else 0
    return run.before - Fraction(halved, 2)


def estimate(runs: Sequence[Run], grid: Sequence[int]) -> tuple[Interval, ...]:
    """Return survival at the end of each released run. `grid`: the protocol's edges in days."""
    return tuple(_intervals(runs, grid))


def _intervals(runs: Sequence[Run], grid: Sequence[int]) -> Iterator[Interval]:
    survival, greenwood = Fraction(1), Fraction(0)
    for run in runs:
        start, end = grid[run.first], grid[run.last + 1]
        exposed = exposure(run, end - start)
        if exposed > 0:
            survival *= 1 - run.events / exposed
        if run.events and exposed > run.events:
            greenwood += Fraction(run.events) / (exposed * (exposed - run.events))
        low, high = limits(survival, greenwood)
        yield Interval(start, end, run.before, run.events, run.exits, exposed, survival, low, high)


def limits(survival: Fraction, greenwood: Fraction) -> tuple[float | None, float | None]:
    """Return the confidence limits of a survival probability, log(-log) scale."""
    if not 0 < survival < 1:
        return None, None
    log = math.log(survival)
    spread = _Z * math.sqrt(greenwood) / -log
    return math.exp(log * math.exp(spread)), math.exp(log * math.exp(-spread))


@dataclass(frozen=True, slots=True)
class Median:
    """When survival first reaches one half: after day `after`, by day `by`; None: not reached.

    With one-day intervals `by` is the median day itself.
    """

    after: int | None
    by: int | None

    @property
    def exact(self) -> bool:
        """Tell whether the interval is a single day."""
        return self.after is not None and self.by is not None and self.by - self.after == 1


def median(intervals: Sequence[Interval]) -> Median:
    """Return the interval in which survival falls to one half or below."""
    for i in intervals:
        if i.survival <= _HALF:
            return Median(i.start, i.end)
    return Median(intervals[-1].end if intervals else None, None)


def median_limits(intervals: Sequence[Interval]) -> tuple[Median, Median]:
    """Return where the lower and the upper confidence limit fall to one half.

    Brookmeyer & Crowley 1982, Biometrics 38:29, as R's survfit computes it.
    """
    return _crossing(intervals, [i.low for i in intervals]), _crossing(
        intervals, [i.high for i in intervals]
    )


def _crossing(intervals: Sequence[Interval], bounds: Sequence[float | None]) -> Median:
    for i, bound in zip(intervals, bounds, strict=True):
        if bound is not None and bound <= float(_HALF):
            return Median(i.start, i.end)
    return Median(intervals[-1].end if intervals else None, None)
