"""The tree's place in the database (the `NodeStore` port of `audit.tree`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q

from qundao.audit.tree import Place
from qundao.hub.auditlog.models import TreeNode

_PLACES_PER_QUERY = 300


class TableStore:
    """The stored subtrees of a log of `size` leaves; grows only through `write`."""

    def __init__(self, size: int) -> None:
        self._size = size

    def size(self) -> int:
        """Return the number of leaves."""
        return self._size

    def read(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """Return the hashes that the table has."""
        found: dict[Place, bytes] = {}
        for start in range(0, len(places), _PLACES_PER_QUERY):
            found |= _read(places[start : start + _PLACES_PER_QUERY])
        return found

    def write(self, nodes: Mapping[Place, bytes]) -> None:
        """Insert new hashes."""
        TreeNode.objects.bulk_create(
            TreeNode(level=place.level, index=place.index, hash=value)
            for place, value in nodes.items()
        )
        self._size += sum(place.level == 0 for place in nodes)


def _read(places: Sequence[Place]) -> dict[Place, bytes]:
    by_level: dict[int, list[int]] = {}
    for place in places:
        by_level.setdefault(place.level, []).append(place.index)
    wanted = Q()
    for level, indexes in by_level.items():
        wanted |= Q(level=level, index__in=indexes)
    rows = TreeNode.objects.filter(wanted).values_list("level", "index", "hash")
    return {Place(level, index): bytes(value) for level, index, value in rows}
