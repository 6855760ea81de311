"""What a reader can work out about the withheld cells of a published table.

The reader knows every shown cell, every relation (total = sum of parts) and what the mark on a
withheld cell says about it, and solves the linear programme for the least and greatest value
that a cell can have (Fischetti & Salazar 2000; Hundepool et al., Statistical Disclosure
Control, 2012, ch. 4). Real-valued bounds contain the integer ones and equal them for tables of
one and two dimensions, whose matrices are totally unimodular.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from qundao.disclosure.margins import Sum

_Array = NDArray[np.float64]
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that a withheld count can have; `high` None: no upper bound."""

    low: int
    high: int | None

    def covers(self, other: Interval) -> bool:
        """Tell whether every value of `other` is possible."""
        if self.low > other.low:
            return False
        return self.high is None or (other.high is not None and self.high >= other.high)

    @property
    def width(self) -> float:
        """Return the number of values less one; infinite without an upper bound."""
        return math.inf if self.high is None else self.high - self.low


def attainable(
    cell: int,
    shown: Mapping[int, int],
    marked: Mapping[int, Interval],
    sums: Sequence[Sum],
) -> Interval:
    """Return the values that `cell` can have, given the shown cells and the marks on the others.

    `shown` and `marked` (cell → what its mark says) must cover every cell of `sums`.
    """
    near = _connected(cell, marked, sums)
    unknown = sorted({c for s in near for c in s.cells if c in marked} | {cell})
    place = {c: i for i, c in enumerate(unknown)}
    matrix = np.zeros((len(near), len(unknown)))
    right = np.zeros(len(near))
    for row, relation in enumerate(near):
        for c, sign in [(relation.total, 1), *((p, -1) for p in relation.parts)]:
            if c in place:
                matrix[row, place[c]] += sign
            else:
                right[row] -= sign * shown[c]
    bounds = [(marked[c].low, marked[c].high) for c in unknown]
    low = _extreme(place[cell], 1, matrix, right, bounds)
    high = _extreme(place[cell], -1, matrix, right, bounds)
    return Interval(
        math.ceil((low or 0) - _SLACK), None if high is None else math.floor(-high + _SLACK)
    )


def _connected(cell: int, marked: Mapping[int, Interval], sums: Sequence[Sum]) -> list[Sum]:
    """Return the relations that say anything about `cell`, through other withheld cells too."""
    reached, near = {cell}, list[Sum]()
    while True:
        new = [s for s in sums if s not in near and not reached.isdisjoint(s.cells)]
        if not new:
            return near
        near += new
        reached |= {c for s in new for c in s.cells if c in marked}


def _extreme(
    place: int,
    sign: int,
    matrix: _Array,
    right: _Array,
    bounds: list[tuple[int, int | None]],
) -> float | None:
    """Return the minimum of sign·x, or None when it has none."""
    goal = np.zeros(len(bounds))
    goal[place] = sign
    equal = (matrix, right) if len(matrix) else (None, None)
    found = linprog(goal, A_eq=equal[0], b_eq=equal[1], bounds=bounds, method="highs")
    if found.status == 3:
        return None
    if found.status != 0:
        raise ValueError(f"a table that fulfils its own relations is required: {found.message}")
    return float(found.fun)
