"""Noise for counts: the discrete Laplace (two-sided geometric) mechanism of OpenDP.

Ghosh, Roughgarden, Sundararajan 2012, SIAM J. Comput. 41:1673. Imported by nodes only: the hub
never sees a count before its noise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qundao.disclosure.budget import MICRO, show_epsilon
from qundao.disclosure.codes import BAD_BUDGET
from qundao.kernel.errors import fail


def noisy_count(true_count: int, price: int) -> int:
    """Return `true_count` plus fresh noise that costs `price` micro-ε.

    One person changes the count by at most one. The result may be negative: cutting it off at
    zero is left to whoever shows it. Raises `disclosure.bad_budget` for a price below 1.
    """
    if price < 1:
        raise fail(BAD_BUDGET, price, required="a price of at least 1 micro-ε")
    return int(_mechanism(price)(true_count))


@lru_cache(maxsize=16)
def _mechanism(price: int) -> Any:
    import opendp.prelude as dp  # heavy, and only needed where noise is drawn

    dp.enable_features("contrib")
    made = dp.m.make_geometric(
        dp.atom_domain(T="i64"), dp.absolute_distance(T="i64"), scale=MICRO / price
    )
    measured = made.map(d_in=1)  # type: ignore[no-untyped-call]
    if measured > price / MICRO * (1 + 1e-9):
        raise fail(BAD_BUDGET, measured, required=f"ε ≤ {show_epsilon(price)}")
    return made
