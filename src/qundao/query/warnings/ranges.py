"""Which values a comparison leaves: the interval it means, and whether anything is in it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qundao.query.values import DateRange, NumberRange, Op

OLDEST = 150


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers (or days) from `low` to `high`; each end included unless it is open."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        """Tell whether nothing lies in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    @property
    def whole(self) -> Interval:
        """Return the whole numbers in it, as an interval with both ends included."""
        low = self.low + 1 if self.low_open and self.low == _floor(self.low) else -_floor(-self.low)
        high = self.high - 1 if self.high_open and self.high == _floor(self.high) else self.high
        return Interval(low, _floor(high))

    def meet(self, other: Interval) -> Interval:
        """Return what lies in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not high_closed)


EVERYTHING = Interval()
NEVER_NEGATIVE = Interval(low=0)
AGES = Interval(0, OLDEST)


def interval(asked: NumberRange | DateRange) -> Interval:
    """Return the interval of a comparison. One that leaves a gap counts as everything."""
    low, high = _number(asked.value), _number(asked.extent)
    match asked.op:
        case Op.LT:
            return Interval(high=low, high_open=True)
        case Op.LTE:
            return Interval(high=low)
        case Op.EQ:
            return Interval(low, low)
        case Op.GT:
            return Interval(low=low, low_open=True)
        case Op.GTE:
            return Interval(low=low)
        case Op.BT:
            return Interval(low, high)
        case _:
            return EVERYTHING


def common(asked: Iterable[NumberRange | DateRange], within: Interval = EVERYTHING) -> Interval:
    """Return what every comparison leaves of an interval."""
    for one in asked:
        within = within.meet(interval(one))
    return within


def shown(asked: NumberRange | DateRange) -> str:
    """Return a comparison for a message."""
    extent = "" if asked.extent is None else f" {asked.extent}"
    return f"{asked.op} {asked.value}{extent}"


def _floor(value: float) -> float:
    return value if math.isinf(value) else float(math.floor(value))


def _number(value: float | date | None) -> float:
    if isinstance(value, date):
        return float(value.toordinal())
    return math.inf if value is None else float(value)
