"""Opaque ids that sort by time: a prefix that names the kind, 48 bits of time, 80 random bits."""

from __future__ import annotations

import re
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case
_ID = re.compile(r"[a-z]{2,12}_[0-9a-hjkmnp-tv-z]{26}")


def new_id(kind: str) -> str:
    """Return a new id such as `task_01jx2…` (kind: 2 to 12 lower-case letters)."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{kind}_{_base32(number, 26)}"


def is_id(text: str, kind: str) -> bool:
    """Tell whether `text` is a well-formed id of that kind."""
    return _ID.fullmatch(text) is not None and text.startswith(f"{kind}_")


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, low = divmod(number, 32)
        digits.append(_ALPHABET[low])
    return "".join(reversed(digits))
