"""What results can be and what they ordinarily are, per substance (`data/limits.csv`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from qundao.intake.units.data_files import listed, rows
from qundao.intake.units.substances import SUBSTANCES


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one substance in `unit` (UCUM): lowest and highest credible, the usual range, other units.

    `units` are those that laboratories write, `unit` among them.
    """

    substance: str
    unit: str
    lowest: Fraction
    highest: Fraction
    usual: tuple[Fraction, Fraction]
    units: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        in_order = self.lowest <= self.usual[0] < self.usual[1] <= self.highest
        if self.substance not in SUBSTANCES or self.unit not in self.units or not in_order:
            raise ValueError(f"a known substance and limits in order are required: {self!r}")


def _limit(row: Mapping[str, str]) -> Limit:
    lowest, highest, low, high = (
        Fraction(row[name]) for name in ("lowest", "highest", "usual_low", "usual_high")
    )
    units = listed(row["units"])
    return Limit(row["substance"], row["unit"], lowest, highest, (low, high), units, row["source"])


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {row["substance"]: _limit(row) for row in rows("limits")}
)
"""Every limit, by the substance's key."""
