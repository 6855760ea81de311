"""The tree as a verifier rebuilds it: what the events say beside what was recorded.

Each subtree carries the hash that was recorded for it, if any, and the one computed from below
where that differs. A recorded hash is carried upwards, so that one altered event is named where
it stands and does not throw doubt on all that follows. Memory: one subtree per level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product

from qundao.audit.merkle import fold_peaks, node_hash
from qundao.audit.tree import Place

_MOST_COMBINATIONS = 64


@dataclass(frozen=True, slots=True)
class Subtree:
    """A complete subtree: the hash to go on with (None: unknown) and a rival, if there is one."""

    place: Place
    value: bytes | None
    rival: bytes | None = None

    @property
    def candidates(self) -> tuple[bytes, ...]:
        """Return the hashes that this subtree may have, the recorded one first."""
        return tuple(v for v in (self.value, self.rival) if v is not None)


@dataclass(frozen=True, slots=True)
class Break:
    """A recorded node that does not follow from its children; it covers leaves first..last."""

    place: Place
    recorded: bytes
    computed: bytes
    first: int
    last: int


class Trace:
    """Takes leaves in order and tells where recorded nodes stop following from them."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[Subtree] = []

    def add(
        self, computed: bytes | None, recorded: bytes | None, nodes: Sequence[bytes | None]
    ) -> list[Break]:
        """Add the next leaf with the recorded nodes above it, level 1 first (may be empty)."""
        self._peaks.append(_leaf(self.size, computed, recorded))
        self.size += 1
        return self._merge(nodes)

    def skip_to(self, size: int) -> None:
        """Pass over leaves that are not there, in as few subtrees as possible."""
        while self.size < size:
            aligned = (self.size & -self.size).bit_length() - 1 if self.size else 64
            level = min(aligned, (size - self.size).bit_length() - 1)
            self._peaks.append(Subtree(Place(level, self.size >> level), None))
            self.size += 1 << level
            self._merge(())

    def leads_to(self, root: bytes) -> bool | None:
        """Tell whether the leaves so far lead to `root`; None when some of them are unknown."""
        choices = [peak.candidates for peak in self._peaks]
        if not all(choices):
            return None
        return any(fold_peaks(c) == root for c in islice(product(*choices), _MOST_COMBINATIONS))

    def root(self) -> bytes | None:
        """Return the root over what was recorded, or computed where nothing was."""
        values = [peak.value for peak in self._peaks if peak.value is not None]
        return fold_peaks(values) if len(values) == len(self._peaks) else None

    def _merge(self, nodes: Sequence[bytes | None]) -> list[Break]:
        breaks: list[Break] = []
        while len(self._peaks) > 1 and self._peaks[-1].place.level == self._peaks[-2].place.level:
            right, left = self._peaks.pop(), self._peaks.pop()
            recorded = nodes[left.place.level] if left.place.level < len(nodes) else None
            joined, broken = _join(left, right, recorded)
            self._peaks.append(joined)
            breaks += [broken] if broken else []
        return breaks


def _leaf(index: int, computed: bytes | None, recorded: bytes | None) -> Subtree:
    value = computed if recorded is None else recorded
    return Subtree(Place(0, index), value, computed if computed != value else None)


def _join(left: Subtree, right: Subtree, recorded: bytes | None) -> tuple[Subtree, Break | None]:
    place = Place(left.place.level + 1, left.place.index >> 1)
    pairs = product(left.candidates, right.candidates)
    computed = [node_hash(a, b) for a, b in pairs]
    if recorded is None:
        value = computed[0] if computed else None
        return Subtree(place, value, computed[-1] if len(computed) > 1 else None), None
    if not computed or recorded in computed:
        return Subtree(place, recorded), None
    first = place.index << place.level
    broken = Break(place, recorded, computed[0], first, first + (1 << place.level) - 1)
    return Subtree(place, recorded, computed[0]), broken
