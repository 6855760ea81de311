"""统一社会信用代码: the unified social credit code of an organisation (GB 32100-2015)."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
LENGTH = 18


def is_credit_code(text: str) -> bool:
    """Tell whether `text` is a code whose check character is right (section 5.6, weights 3^i)."""
    if len(text) != LENGTH or any(c not in _ALPHABET for c in text):
        return False
    return check_character(text[:-1]) == text[-1]


def check_character(body: str) -> str:
    """Return the 18th character that belongs to the first 17."""
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return _ALPHABET[-total % 31]
