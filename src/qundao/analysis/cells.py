"""The vector of integers that one analysis lets out of a node, fixed by the protocol alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qundao.disclosure.margins import Follow, Margins, RiskSeries, Sum
from qundao.kernel.canonical import digest

Kind = Literal["persons", "events", "censored", "days", "sum", "sum_squares"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One integer: what it is (`key`), of which group, of which kind.

    Reals are fixed-point: the integer is the value times `scale` (squares: times scale²).
    """

    key: tuple[str, ...]
    group: str
    kind: Kind
    scale: int = 1

    @property
    def name(self) -> str:
        """Return the cell's name in lists: `placebo/sex/F/persons`."""
        return "/".join((self.group, *self.key, self.kind))


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells of one analysis in order, how they hang together, and the protocol's rounding."""

    method: str
    cells: tuple[Cell, ...]
    margins: Margins
    rounding: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Return the cells' names in order."""
        return tuple(c.name for c in self.cells)

    @property
    def digest(self) -> str:
        """Return the SHA-256 by which nodes and hub make sure that they mean the same cells."""
        cells = [[*c.key, c.group, c.kind, c.scale] for c in self.cells]
        return digest([self.method, cells, self.margins.to_json(), self.rounding])

    def of_groups(self, groups: Iterable[str]) -> tuple[int, ...]:
        """Return the positions of the cells of some groups, in order."""
        wanted = set(groups)
        return tuple(i for i, c in enumerate(self.cells) if c.group in wanted)


def margins(layout: Layout) -> Margins:
    """Return the relations that the gate needs to know."""
    return layout.margins


class LayoutBuilder:
    """Collects cells and relations in order; positions are handed out as cells are added."""

    def __init__(self, method: str, rounding: int = 1) -> None:
        self._method = method
        self._rounding = rounding
        self._cells: list[Cell] = []
        self._margins = Margins()

    def cell(self, cell: Cell) -> int:
        """Add a cell and return its position."""
        self._cells.append(cell)
        return len(self._cells) - 1

    def count(self, *key: str, group: str) -> int:
        """Add a cell that counts people and return its position."""
        place = self.cell(Cell(key, group, "persons"))
        self._margins = replace(self._margins, counts=(*self._margins.counts, place))
        return place

    def sum(self, total: int, parts: Sequence[int]) -> None:
        """State that a total is the sum of its parts."""
        relation = Sum(total, tuple(parts))
        self._margins = replace(self._margins, sums=(*self._margins.sums, relation))

    def follow(self, cell: int, count: int) -> None:
        """State that a cell is shown only where a count of people is."""
        relation = Follow(cell, count)
        self._margins = replace(self._margins, follows=(*self._margins.follows, relation))

    def series(self, series: RiskSeries) -> None:
        """Add a risk series over cells added before."""
        self._margins = replace(self._margins, series=(*self._margins.series, series))

    def build(self) -> Layout:
        """Return the finished layout."""
        return Layout(self._method, tuple(self._cells), self._margins, self._rounding)
