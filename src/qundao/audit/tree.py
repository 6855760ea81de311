"""The log's tree kept as complete subtrees, so that it can live in a table of the hub.

A complete subtree never changes once its last leaf is there: it is named by its place
(level, index), where level 0 holds the leaves and the place (l, i) covers the leaves
[i·2^l, (i+1)·2^l). Appending writes one leaf and, on average, one inner node; the root of any
past size and every proof are put together from O(log n) places, read at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qundao.audit.codes import BAD_POSITION, NODE_MISSING
from qundao.audit.merkle import HASH_BYTES, fold_peaks, node_hash
from qundao.kernel.errors import fail


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a complete subtree stands."""

    level: int
    index: int


class NodeStore(Protocol):
    """Where the hashes of complete subtrees are kept; the hub keeps them in a table."""

    def size(self) -> int:
        """Return the number of leaves."""

    def read(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """Return the hashes at `places`, in one go; places it does not have are left out."""

    def write(self, nodes: Mapping[Place, bytes]) -> None:
        """Keep new hashes. A place is written once."""


class MemoryStore:
    """A store in memory: for tests, and for reading a log that was exported."""

    def __init__(self) -> None:
        self.nodes: dict[Place, bytes] = {}
        self._leaves = 0

    def size(self) -> int:
        """Return the number of leaves."""
        return self._leaves

    def read(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """Return the hashes that are there."""
        return {place: self.nodes[place] for place in places if place in self.nodes}

    def write(self, nodes: Mapping[Place, bytes]) -> None:
        """Keep new hashes."""
        self.nodes.update(nodes)
        self._leaves += sum(place.level == 0 for place in nodes)


@dataclass(frozen=True, slots=True)
class Appended:
    """What one append did: the leaf's index, the new size, and the subtrees it completed."""

    index: int
    size: int
    nodes: Mapping[Place, bytes]


def append(store: NodeStore, leaf: bytes) -> Appended:
    """Append one leaf hash (32 bytes) and write every subtree that it completes.

    Call it inside the transaction that writes the event. Raises `audit.node_missing` when the
    store lost a subtree, ValueError on a hash of another length.
    """
    if len(leaf) != HASH_BYTES:
        raise ValueError(f"a hash of {HASH_BYTES} bytes is required, received {len(leaf)}")
    index = store.size()
    nodes = _completed(store, index, leaf)
    store.write(nodes)
    return Appended(index, index + 1, nodes)


def places_completed_by(index: int) -> tuple[Place, ...]:
    """Return the places of the subtrees that the leaf at `index` completes, leaf first."""
    levels = (~index & (index + 1)).bit_length()
    return tuple(Place(level, index >> level) for level in range(levels))


def peaks(size: int) -> tuple[Place, ...]:
    """Return the places of the complete subtrees that make up a tree of `size`, largest first."""
    return tuple(_cover(0, size))


def root(store: NodeStore, size: int | None = None) -> bytes:
    """Return the root at `size` (default: now). Raises `audit.bad_position`."""
    wanted = store.size() if size is None else size
    if not 0 <= wanted <= store.size():
        raise fail(BAD_POSITION, wanted, "size", form=f"a size from 0 to {store.size()}")
    return _hashes(store, [(0, wanted)])[0]


def inclusion_proof(store: NodeStore, index: int, size: int | None = None) -> tuple[bytes, ...]:
    """Return the audit path of the leaf at `index` in the tree of `size` (RFC 6962, 2.1.1).

    Raises `audit.bad_position` and `audit.node_missing`.
    """
    wanted = store.size() if size is None else size
    if not 0 <= index < wanted <= store.size():
        form = f"an index below the size, and a size of at most {store.size()}"
        raise fail(BAD_POSITION, f"index {index}, size {wanted}", "proof", form=form)
    return _hashes(store, _inclusion_ranges(index, wanted))


def consistency_proof(store: NodeStore, first: int, second: int | None = None) -> tuple[bytes, ...]:
    """Return the proof that the tree of `second` leaves extends that of `first` (2.1.2).

    Empty for `first` = 0 and for equal sizes. Raises `audit.bad_position`.
    """
    wanted = store.size() if second is None else second
    if not 0 <= first <= wanted <= store.size():
        form = f"sizes in order, of at most {store.size()}"
        raise fail(BAD_POSITION, f"{first}, {wanted}", "proof", form=form)
    return _hashes(store, _consistency_ranges(first, wanted))


def _completed(store: NodeStore, index: int, leaf: bytes) -> dict[Place, bytes]:
    places = places_completed_by(index)
    siblings = [Place(place.level, place.index - 1) for place in places[:-1]]
    known = _read_all(store, siblings)
    nodes = {places[0]: leaf}
    for place, sibling, parent in zip(places, siblings, places[1:], strict=False):
        nodes[parent] = node_hash(known[sibling], nodes[place])
    return nodes


def _inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Descend from the root to the leaf, noting the half that is left aside at each step."""
    aside: list[tuple[int, int]] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            aside.append((middle, end))
            end = middle
        else:
            aside.append((begin, middle))
            begin = middle
    return aside[::-1]


def _consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """Descend to the old tree's right edge (SUBPROOF of RFC 6962), noting what is left aside."""
    if first in (0, second):
        return []
    aside: list[tuple[int, int]] = []
    begin, end = 0, second
    while end != first:
        middle = begin + _split(end - begin)
        if first <= middle:
            aside.append((middle, end))
            end = middle
        else:
            aside.append((begin, middle))
            begin = middle
    # When the old tree is itself a left subtree, its root is known to the verifier.
    return ([(begin, end)] if begin else []) + aside[::-1]


def _split(width: int) -> int:
    """Return the largest power of two below `width` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _cover(begin: int, end: int) -> Iterator[Place]:
    """Yield the complete subtrees over [begin, end), where `begin` is aligned to the largest."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield Place(level, begin >> level)
        begin += 1 << level


def _hashes(store: NodeStore, ranges: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
    """Return the hash of each range of leaves, reading all places in one go."""
    covers = [tuple(_cover(begin, end)) for begin, end in ranges]
    known = _read_all(store, [place for cover in covers for place in cover])
    return tuple(fold_peaks([known[place] for place in cover]) for cover in covers)


def _read_all(store: NodeStore, places: Sequence[Place]) -> Mapping[Place, bytes]:
    known = store.read(places) if places else {}
    lost = [place for place in places if place not in known]
    if lost:
        raise fail(NODE_MISSING, f"{len(lost)} missing", f"level {lost[0].level}, {lost[0].index}")
    return known
