"""What a reader can work out about the withheld cells of a published table.

The reader knows every shown cell, every relation (total = sum of parts) and what the mark on a
withheld cell says about it, and solves the linear programme for the least and greatest value
that a cell can have (Fischetti & Salazar 2000; Hundepool et al., Statistical Disclosure
Control, 2012, ch. 4). Real-valued bounds contain the integer ones and equal them for tables of
one and two dimensions, whose matrices are totally unimodular.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    near = connected(cell, marked, sums)
    if not near:
        return marked[cell]
    if len(near) == 1:
        return _by_subtraction(cell, shown, marked, near[0])
    return _by_programme(cell, shown, marked, near)


def connected(cell: int, marked: Container[int], sums: Sequence[Sum]) -> list[Sum]:
    """Return the relations that say anything about `cell`, through other withheld cells too."""
    reached, waiting, near = {cell}, list(sums), list[Sum]()
    while True:
        new = [s for s in waiting if not reached.isdisjoint(s.cells)]
        if not new:
            return near
        near += new
        waiting = [s for s in waiting if reached.isdisjoint(s.cells)]
        reached |= {c for s in new for c in s.cells if c in marked}


def _by_subtraction(
    cell: int, shown: Mapping[int, int], marked: Mapping[int, Interval], relation: Sum
) -> Interval:
    """Return the interval where one relation is all there is: no programme is needed."""
    own = marked[cell]
    # sign · cell = fixed + Σ turn · other, over the other withheld cells of the relation
    sign = 1 if cell == relation.total else -1
    signed = [(c, -turn) for c, turn in _signed(relation)]
    fixed = sum(turn * shown[c] for c, turn in signed if c in shown)
    others = [(marked[c], turn) for c, turn in signed if c in marked and c != cell]
    least = fixed + sum(_end(m, turn > 0) * turn for m, turn in others)
    most = fixed + sum(_end(m, turn < 0) * turn for m, turn in others)
    low, high = sorted((sign * least, sign * most))
    highest = min(high, math.inf if own.high is None else own.high)
    return Interval(int(max(low, own.low)), None if math.isinf(highest) else int(highest))


def _end(interval: Interval, lower: bool) -> float:  # noqa: FBT001
    if lower:
        return interval.low
    return math.inf if interval.high is None else interval.high


def determined(marked: Container[int], sums: Sequence[Sum]) -> frozenset[int]:
    """Return the withheld cells whose value the relations alone give away, marks aside.

    Those are the unknowns that are zero in every solution of the homogeneous system.
    """
    unknown, matrix = _system(marked, sums)
    if not unknown or not len(matrix):
        return frozenset()
    _, sizes, rows = np.linalg.svd(matrix)
    null = rows[int((sizes > _SLACK).sum()) :]
    fixed = np.all(np.abs(null) < _SLACK, axis=0)
    return frozenset(c for c, known in zip(unknown, fixed, strict=True) if known)


def _system(marked: Container[int], sums: Sequence[Sum]) -> tuple[list[int], _Array]:
    """Return the withheld cells and the relations' coefficients: total - Σ parts."""
    unknown = sorted({c for s in sums for c in s.cells if c in marked})
    place = {c: i for i, c in enumerate(unknown)}
    matrix = np.zeros((len(sums), len(unknown)))
    for row, relation in enumerate(sums):
        for c, sign in _signed(relation):
            if c in place:
                matrix[row, place[c]] += sign
    return unknown, matrix


def _signed(relation: Sum) -> list[tuple[int, int]]:
    return [(relation.total, 1), *((p, -1) for p in relation.parts)]


def _by_programme(
    cell: int, shown: Mapping[int, int], marked: Mapping[int, Interval], near: Sequence[Sum]
) -> Interval:
    """Return the interval by two linear programmes over the withheld cells."""
    unknown, matrix = _system(marked, near)
    right = np.array([-sum(sign * shown[c] for c, sign in _signed(s) if c in shown) for s in near])
    bounds = [(marked[c].low, marked[c].high) for c in unknown]
    place = unknown.index(cell)
    low = _extreme(place, 1, matrix, right, bounds)
    high = _extreme(place, -1, matrix, right, bounds)
    return Interval(
        math.ceil((low or 0) - _SLACK), None if high is None else math.floor(-high + _SLACK)
    )


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
    from scipy.optimize import linprog  # heavy, and only needed where cells are withheld

    found = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
    if found.status == 3:
        return None
    if found.status != 0:
        raise ValueError(f"a table that fulfils its own relations is required: {found.message}")
    return float(found.fun)
