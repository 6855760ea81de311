"""How alike two names are: the Jaccard index of their pairs of characters, or of their words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet

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


def jaccard(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Return shared over all (Jaccard 1901); 0 where both are empty."""
    every = len(one | other)
    return len(one & other) / every if every else 0.0
