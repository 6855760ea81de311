"""What a load joins to find wrong units: limits to lean on, then the ranges of suspect values.

In two passes over its rows, each a join: the first adds up, per substance, what `Seen` tells of the
values in the limit's unit (`limit_table`, `table.unit_table`); the second marks the values in a
range of `suspect_table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qundao.intake.units.plausible import Seen, limit_of, suspect_ranges


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Of a substance, as it was asked for: the limit's unit (UCUM), lowest and highest credible."""

    substance: str
    unit: str
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class SuspectRow:
    """Values from `low` to `high`, both included, are suspect beside `unit`: likely `likely`."""

    unit: str
    substance: str
    low: float
    high: float
    likely: str


def limit_table(substances: Iterable[str]) -> list[LimitRow]:
    """Return the limits of substances, each once; those that have none are left out."""
    found = ((name, limit_of(name)) for name in dict.fromkeys(substances))
    return [
        LimitRow(name, limit.unit, float(limit.lowest), float(limit.highest))
        for name, limit in found
        if limit
    ]


def suspect_table(pairs: Iterable[tuple[str, str]], seen: Mapping[str, Seen]) -> list[SuspectRow]:
    """Return the suspect ranges of pairs of a unit as written and a substance.

    seen: what the first pass told of each substance; of one that is not there, limits decide alone.
    """
    return [
        SuspectRow(unit, substance, r.low, r.high, r.likely)
        for unit, substance in dict.fromkeys(pairs)
        for r in suspect_ranges(substance, unit, seen.get(substance))
    ]
