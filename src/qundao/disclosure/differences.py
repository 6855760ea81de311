"""Groups of people that overlap: which of their differences are too small to be worked out.

Two groups shown side by side show their difference too, and a few groups may pin down a part of
one of them (all = men + women + three others). Everything here works on one node's own rows.

People are numbered 0 … n-1. A *class* is the people who are in exactly the same groups; every
count of people in a group is a sum over classes, so what a reader can work out from the counts
alone follows from which classes each group holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Classes:
    """`held[c, g]`: class c belongs to group g; `sizes[c]`: its people, at least 1."""

    held: NDArray[np.bool_]
    sizes: Numbers

    def size(self, group: int) -> int:
        """Return how many people a group has."""
        return int(self.sizes[self.held[:, group]].sum())

    def only(self, one: int, other: int) -> int:
        """Return how many people are in one group and not in another."""
        return int(self.sizes[self.held[:, one] & ~self.held[:, other]].sum())

    def meet(self, one: int, other: int) -> bool:
        """Tell whether anybody is in both groups."""
        return bool((self.held[:, one] & self.held[:, other]).any())

    def same(self, one: int, other: int) -> bool:
        """Tell whether two groups hold the same people, and anybody at all."""
        return self.meet(one, other) and not (self.only(one, other) or self.only(other, one))


def classes(groups: Sequence[Numbers], people: int) -> Classes:
    """Return the classes of `people` people in some groups (arrays of their numbers).

    Group after group splits the classes found so far: linear in people and groups.
    """
    code = np.zeros(people, dtype=np.int64)
    held = np.zeros((1, 0), dtype=bool)
    for members in groups:
        code *= 2
        code[members] |= 1
        found = np.bincount(code, minlength=2 * len(held)) > 0
        seen = np.flatnonzero(found)
        held = np.column_stack([held[seen // 2], seen % 2 == 1])
        code = (np.cumsum(found) - 1)[code]
    sizes = np.bincount(code, minlength=len(held))
    named = held.any(axis=1)
    return Classes(held[named], sizes[named])


def small(count: int, floor: int) -> bool:
    """Tell whether a difference must not be worked out: somebody, and fewer than the floor."""
    return 0 < count < floor


def near_pairs(found: Classes, floor: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of groups that share people and differ by a small number, either way."""
    for one, other in combinations(range(found.held.shape[1]), 2):
        gaps = (found.only(one, other), found.only(other, one))
        if found.meet(one, other) and any(small(g, floor) for g in gaps):
            yield one, other


def pinned(found: Classes, floor: int) -> bool:
    """Tell whether the groups' counts together give a small class away.

    A class is determined when its unit vector lies in the span of the groups' rows. A class
    that is a whole group of its own is that group's count, which the gate looks after.
    """
    rows = found.held.T.astype(float)
    if not rows.size:
        return False
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    determined = np.abs((basis[sizes > _SLACK] ** 2).sum(axis=0) - 1) < _SLACK
    whole = {int(np.argmax(r)) for r in rows if r.sum() == 1}
    return any(
        small(int(found.sizes[c]), floor) for c in np.flatnonzero(determined) if c not in whole
    )
