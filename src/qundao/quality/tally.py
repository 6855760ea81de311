"""Checks of single concepts that are read off a few counted rows, here and not in the database.

Hundreds of concepts are asked about one table. Two columns for each of them made a query that
took longer to plan than to run; the counted rows they are read off are a few hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONCEPT, ROWS = "concept", "n"

Record = Mapping[str, Any]
"""A row of a counted base: `concept`, what it is counted by besides, and how many rows (`n`)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Which counted rows of the `concepts` a check counts, and which of those violate it."""

    concepts: frozenset[int]
    violates: Callable[[Record], bool]
    counts: Callable[[Record], bool] = lambda _: True

    def read(self, held: Mapping[int, Sequence[Record]]) -> tuple[int, int]:
        """Return how many rows violate the check and how many it counts."""
        own = [r for c in self.concepts for r in held.get(c, ()) if self.counts(r)]
        return sum(r[ROWS] for r in own if self.violates(r)), sum(r[ROWS] for r in own)


def by_concept(records: Iterable[Record]) -> Mapping[int, Sequence[Record]]:
    """Return records by the concept they count."""
    held: dict[int, list[Record]] = {}
    for record in records:
        held.setdefault(record[CONCEPT], []).append(record)
    return held
