"""Credit amounts: integers counted in micro-credits, so that no amount is ever rounded twice."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

MicroCredit = NewType("MicroCredit", int)
MICRO = 1_000_000


def whole_credits(whole: int) -> MicroCredit:
    """Return a whole number of credits as micro-credits."""
    return MicroCredit(whole * MICRO)


def show_credits(amount: int) -> str:
    """Return an amount for a reader, exact: `12` or `0.5` or `-3.000001`."""
    value = Decimal(amount) / MICRO
    return f"{value.normalize():,f}"
