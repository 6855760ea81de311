"""Rounding of counts to a base that the protocol names.

Each count goes to the nearest multiple, halves upwards (25 → 30 for base 10), always the same
way, so that asking again teaches nothing. Rounded parts need not add up to a rounded total.
"""

from __future__ import annotations

from qundao.disclosure.codes import BAD_ROUNDING
from qundao.kernel.errors import fail

LARGEST_BASE = 100


def check_base(base: int) -> int:
    """Return `base`. Raises `disclosure.bad_rounding` unless 1 ≤ base ≤ 100."""
    if not 1 <= base <= LARGEST_BASE:
        raise fail(BAD_ROUNDING, base, "rounding")
    return base


def round_count(count: int, base: int) -> int:
    """Return the multiple of `base` nearest to `count`, halves upwards; base 1 changes nothing."""
    return (2 * count + check_base(base)) // (2 * base) * base
