"""How alike two names are: the Jaccard index of their pairs of characters, or of their words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet

_WHOLE, _PARTS = 0.8, 0.7
_FEWEST, _MOSTLY = 3, 0.6

_SIGNS = re.compile(r"[\s,，、;；:：()（）\[\]【】\-_/·.。'\"“”]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9]+")


def plain_words(text: str) -> str:
    """Return a name in one width and case, with one blank for blanks and signs."""
    return _SIGNS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def bigrams(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters; a single character is its own."""
    if len(text) == 1:
        return frozenset((text,))
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def tokens(text: str) -> frozenset[str]:
    """Return what a name is made of: its Latin words, and the pairs of its Chinese characters."""
    plain = plain_words(text)
    han = (gram for run in _HAN.findall(plain) for gram in bigrams(run))
    return frozenset((*_WORD.findall(plain), *han))


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


def jaccard(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Return shared over all (Jaccard 1901); 0 where both are empty."""
    every = len(one | other)
    return len(one & other) / every if every else 0.0
