"""How the cells of a table hang together, in a form that fits any statistic.

A statistic declares which cells count people, which add up to which, which only mean something
beside a count, and which form a risk series. The gate needs nothing else to know about it.
Cells are named by their position in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qundao.disclosure.codes import BAD_TABLE
from qundao.kernel.errors import fail


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` equals the sum of `parts`; all of them count people."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        """Return the total and the parts."""
        return (self.total, *self.parts)


@dataclass(frozen=True, slots=True)
class Follow:
    """`cell` (a sum of values, say) is shown only where the count of people `count` is."""

    cell: int
    count: int


@dataclass(frozen=True, slots=True)
class RiskSeries:
    """People at risk over consecutive intervals (a life table).

    `start` counts those at risk at first, `events[j]` and `exits[j]` those who leave in interval
    j with and without the event, `left` those still at risk after the last one:
    start = Σ events + Σ exits + left.
    """

    start: int
    events: tuple[int, ...]
    exits: tuple[int, ...]
    left: int

    def __post_init__(self) -> None:
        if len(self.events) != len(self.exits) or not self.events:
            received = f"{len(self.events)} and {len(self.exits)}"
            raise fail(BAD_TABLE, received, required="one event and one exit cell per interval")

    @property
    def cells(self) -> tuple[int, ...]:
        """Return every cell of the series except its start."""
        return (*self.events, *self.exits, self.left)


@dataclass(frozen=True, slots=True)
class Margins:
    """The relations of one table. `counts` are the cells that count people (outside series)."""

    counts: tuple[int, ...] = ()
    sums: tuple[Sum, ...] = ()
    follows: tuple[Follow, ...] = ()
    series: tuple[RiskSeries, ...] = ()

    def only(self, kept: frozenset[int]) -> Margins:
        """Return the relations among the kept cells. A relation is kept whole or not at all."""
        return Margins(
            tuple(c for c in self.counts if c in kept),
            tuple(s for s in self.sums if kept.issuperset(s.cells)),
            tuple(f for f in self.follows if {f.cell, f.count} <= kept),
            tuple(s for s in self.series if s.start in kept and kept.issuperset(s.cells)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the relations as plain JSON, for a digest."""
        return asdict(self)


def contradictions(values: Sequence[int | None], margins: Margins) -> Iterator[str]:
    """Yield what is wrong with a table: negative counts, totals that are not their parts' sum.

    Cells are named, never their values: what is said here may be read by those who must not
    see the table.

    Relations with a cell that is already withheld (None) cannot be examined and are passed over.
    """
    at_risk = (c for s in margins.series for c in (s.start, *s.cells))
    for cell in (*margins.counts, *at_risk):
        if (values[cell] or 0) < 0:
            yield f"cell {cell} is below 0"
    for relation in margins.sums:
        yield from _unequal(values, relation.total, relation.parts)
    for series in margins.series:
        yield from _unequal(values, series.start, series.cells)


def _unequal(values: Sequence[int | None], total: int, parts: Sequence[int]) -> Iterator[str]:
    known = [v for p in (total, *parts) if (v := values[p]) is not None]
    if len(known) == len(parts) + 1 and known[0] != sum(known[1:]):
        yield f"cell {total} is not the sum of its parts"
