"""What two names are held against each other by: pairs of characters, and standing inside."""

from __future__ import annotations

import re
import unicodedata

_WHOLE, _PARTS = 0.8, 0.7
_FEWEST, _MOSTLY = 3, 0.6

_SIGNS = re.compile(r"[\s,，、;；:：()（）\[\]【】\-_/·.。'\"“”]+")


def plain_words(text: str) -> str:
    """Return a name in one width and case, with one blank for blanks and signs."""
    return _SIGNS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def bigrams(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters; a single character is its own."""
    if len(text) == 1:
        return frozenset((text,))
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def inside(short: str, text: str) -> float:
    """Return how far a known name stands inside another: whole 0.8, in parts 0.7, else 0.

    Parts (入院 … 时间) stand in their order, begin and end the text, and are most of it.
    """
    if len(short) > 1 and short in text:
        return _WHOLE
    ends = bool(short) and text[:1] == short[0] and text[-1:] == short[-1]
    if not ends or len(short) < _FEWEST or len(short) < _MOSTLY * len(text):
        return 0.0
    rest = iter(text)
    return _PARTS if all(c in rest for c in short) else 0.0
