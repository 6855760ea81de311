"""Sharing an integer amount by integer weights, without dust."""

from __future__ import annotations

from collections.abc import Sequence

from qundao.credits.codes import BAD_AMOUNT
from qundao.kernel.errors import fail


def split_amount(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Return parts that sum to `amount`, by the largest remainder (Hamilton's method).

    Each part is within one micro-credit of its exact share; ties go to the earlier weight.
    Raises `credits.bad_amount` on a negative amount or weight, or when all weights are zero.
    """
    whole = sum(weights)
    if amount < 0 or whole <= 0 or min(weights) < 0:
        form = "an amount and weights from 0, of which one is above 0"
        raise fail(BAD_AMOUNT, f"{amount} by {list(weights)}", "split", form=form)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(parts)]:
        parts[at] += 1
    return tuple(parts)
