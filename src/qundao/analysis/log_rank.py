"""The log-rank test over released intervals.

Mantel 1966, Cancer Chemother. Rep. 50:163: in each interval the events are compared with those
expected if the groups shared one hazard, with the hypergeometric variance. Exact on a grid of
single days; on wider intervals the life-table exposure n - c/2 stands for n.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from qundao.analysis.survival import exposure
from qundao.disclosure.risk_series import Run, coarsen

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogRank:
    """χ² with its degrees of freedom and p, over day 0 … `until`; events observed, expected."""

    chi_square: float
    degrees: int
    p: float
    until: int
    observed: tuple[int, ...]
    expected: tuple[float, ...]


def log_rank(groups: Sequence[Sequence[Run]], grid: Sequence[int]) -> LogRank | None:
    """Return the test over the edges that every group publishes, or None if there are none.

    groups  each group's released runs; two groups or more
    """
    if len(groups) < 2:
        return None
    edges = set.intersection(*({r.last for r in runs} for runs in groups))
    strata = list(zip(*(coarsen(runs, edges) for runs in groups), strict=True))
    observed = np.array([sum(r.events for r in runs) for runs in zip(*strata, strict=True)])
    if not len(observed) or not observed.sum():
        return None
    parts = list(_strata(strata, grid))
    expected: Array = np.sum([e for e, _ in parts], axis=0)
    variance: Array = np.sum([v for _, v in parts], axis=0)
    gap = (observed - expected)[:-1]
    chi = float(gap @ np.linalg.pinv(variance[:-1, :-1]) @ gap)
    degrees = len(groups) - 1
    until = grid[max(edges) + 1]
    return LogRank(
        chi,
        degrees,
        float(chdtrc(degrees, chi)),
        until,
        tuple(int(o) for o in observed),
        tuple(float(e) for e in expected),
    )


def _strata(
    strata: Sequence[tuple[Run, ...]], grid: Sequence[int]
) -> Iterator[tuple[Array, Array]]:
    """Yield the expected events per group and their covariance, interval by interval."""
    for runs in strata:
        width = grid[runs[0].last + 1] - grid[runs[0].first]
        at_risk = np.array([float(exposure(r, width)) for r in runs])
        everyone, events = at_risk.sum(), sum(r.events for r in runs)
        if not everyone:
            continue
        share = at_risk / everyone
        spread = events * (everyone - events) / (everyone - 1) if everyone > 1 else 0.0
        yield events * share, spread * (np.diag(share) - np.outer(share, share))
