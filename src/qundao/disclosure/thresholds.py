"""Thresholds: they belong to the agreement and the data class, never to the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from qundao.disclosure.codes import BAD_FLOORS
from qundao.kernel.errors import fail


@dataclass(frozen=True, slots=True)
class Floors:
    """The smallest numbers that may be shown under one agreement.

    `min_cell`: people in a cell (k; 1 shows everything). A count is small when 0 < count < k.
    Zero is shown unless `zero_is_small`, because a true zero names nobody; what it says about
    a whole group is weighed when the protocol is approved. `event_floor`: events in a published
    interval of a risk series (0: no floor of its own).
    """

    min_cell: int
    event_floor: int = 0
    zero_is_small: bool = False

    def __post_init__(self) -> None:
        if self.min_cell < 1 or self.event_floor < 0:
            received = f"min_cell {self.min_cell}, event_floor {self.event_floor}"
            raise fail(BAD_FLOORS, received, required="min_cell ≥ 1, event_floor ≥ 0")

    def small(self, count: int) -> bool:
        """Tell whether a count of people must not be shown."""
        return (self.zero_is_small if count == 0 else count > 0) and count < self.min_cell

    def to_json(self) -> dict[str, int | bool]:
        """Return the thresholds as plain JSON."""
        return asdict(self)


def strictest(floors: Iterable[Floors]) -> Floors:
    """Return the thresholds that satisfy every agreement at once. Raises on an empty list."""
    given = tuple(floors)
    if not given:
        raise fail(BAD_FLOORS, "none", required="the thresholds of at least one agreement")
    return Floors(
        max(f.min_cell for f in given),
        max(f.event_floor for f in given),
        any(f.zero_is_small for f in given),
    )
