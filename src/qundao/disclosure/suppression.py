"""Suppression of counts: small cells first, then as many others as keep the small ones hidden.

Afterwards the published table says nothing about a small cell beyond its mark: every value that
the mark allows is still possible (`attacker.attainable`). Where everything that bears on a cell
is withheld already, nothing more can be done and nothing more is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qundao.disclosure.attacker import Interval, attainable, connected, determined
from qundao.disclosure.decisions import AT_NODE, COMPLEMENTARY, SMALL_CELL, SMALL_TOTAL
from qundao.disclosure.margins import Margins, Sum
from qundao.disclosure.thresholds import Floors

Rules = dict[int, str]


def withheld_counts(
    values: Sequence[int | None], margins: Margins, floors: Floors
) -> Mapping[int, str]:
    """Return the count cells that must be withheld, each with the rule that says so.

    A value that is None already was withheld elsewhere; it stays withheld and is protected too.
    """
    rules: Rules = {c: AT_NODE for c in margins.counts if values[c] is None}
    rules |= {c: SMALL_CELL for c in margins.counts if _small(values[c], floors)}
    _hide_breakdowns(rules, values, margins.sums)
    table = _Table(values, margins, floors, rules)
    for cell in sorted(rules):
        table.protect(cell)
    _give_back(rules, margins.sums)
    return rules


def _give_back(rules: Rules, sums: Sequence[Sum]) -> None:
    """Show the companions that shield nothing, because anyone can work them out anyway."""
    for cell in determined(rules, sums):
        if rules[cell] == COMPLEMENTARY:
            del rules[cell]


def _small(value: int | None, floors: Floors) -> bool:
    return value is not None and floors.small(value)


def _hide_breakdowns(rules: Rules, values: Sequence[int | None], sums: Sequence[Sum]) -> None:
    """Withhold every part of a small total, zeros too: which parts are empty tells on its few.

    Parts of a total that is shown as zero are zero whatever is withheld, so they stay.
    """
    while new := _parts_of_small_totals(rules, values, sums):
        rules |= dict.fromkeys(new, SMALL_TOTAL)


def _parts_of_small_totals(
    rules: Rules, values: Sequence[int | None], sums: Sequence[Sum]
) -> set[int]:
    hidden = {SMALL_CELL, SMALL_TOTAL}
    empty = {p for s in sums if values[s.total] == 0 and s.total not in rules for p in s.parts}
    small = {p for s in sums if rules.get(s.total) in hidden for p in s.parts}
    return {p for p in small - empty if rules.get(p) != SMALL_TOTAL}


@dataclass(frozen=True, slots=True)
class _Table:
    """A table on its way out; `rules` grows as cells are withheld."""

    values: Sequence[int | None]
    margins: Margins
    floors: Floors
    rules: Rules

    def protect(self, cell: int) -> None:
        """Withhold further cells until the reader learns no more than the mark on `cell`."""
        while shields := self._shields(cell):
            if self._safe(cell, self.rules):
                return
            ranked = self._ranked(shields)
            trials = (c for c in ranked if self._safe(cell, {**self.rules, c: COMPLEMENTARY}))
            self.rules[next(trials, ranked[0])] = COMPLEMENTARY

    def _safe(self, cell: int, rules: Rules) -> bool:
        marked = {c: self._mark(rule) for c, rule in rules.items()}
        shown = {c: v for c, v in enumerate(self.values) if v is not None and c not in rules}
        found = attainable(cell, shown, marked, self.margins.sums)
        if rules[cell] == AT_NODE:  # its value is unknown here, so ask for as much room
            return found.width >= self.floors.min_cell - 1
        return found.covers(marked[cell])

    def _mark(self, rule: str) -> Interval:
        """Return what a reader learns from the mark that the rule leaves on a cell."""
        k = self.floors.min_cell
        if rule == SMALL_CELL:
            return Interval(0 if self.floors.zero_is_small else 1, k - 1)
        if rule == SMALL_TOTAL:
            return Interval(0, k - 1)
        return Interval(k if rule == COMPLEMENTARY else 0, None)

    def _shields(self, cell: int) -> set[int]:
        """Return the shown cells that could shield `cell`. A zero cannot: its mark would tell."""
        near = connected(cell, self.rules, self.margins.sums)
        return {c for s in near for c in s.cells if c not in self.rules and self.values[c]}

    def _ranked(self, shields: set[int]) -> list[int]:
        """Return the shields, the least costly first.

        Fewest relations left with a single unknown, then parts before totals, then the smallest.
        """
        sums = self.margins.sums
        unknown = [(frozenset(s.cells), sum(c in self.rules for c in s.cells)) for s in sums]
        totals = {s.total for s in sums}

        def cost(shield: int) -> tuple[int, bool, int, int]:
            lonely = sum(n + (shield in cells) == 1 for cells, n in unknown)
            return lonely, shield in totals, self.values[shield] or 0, shield

        return sorted(shields, key=cost)
