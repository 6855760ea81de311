"""The lexicon: what columns hold (roles), and the names they have in which kind of export."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from qundao.intake.suggest.data_files import parts, read_data, texts, words
from qundao.kernel.words import Words

NUMBER = "{n}"
"""Stands for a number in a listed name."""

_DROPPED = re.compile(r"[\s_\-.·()（）\[\]【】:：/]")
_DIGITS = re.compile(r"\d{1,2}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A known name of a role, and where it is known from. `plain` is it without signs and case."""

    name: str
    plain: str
    origin: Words


@dataclass(frozen=True, slots=True)
class Role:
    """What a column may hold: its known names, the meanings of its values, the fitting types."""

    id: str
    words: Words
    names: tuple[Listed, ...]
    meanings: frozenset[str]
    types: frozenset[str]

    @property
    def numbered(self) -> bool:
        """Tell whether several numbered columns of a row hold it."""
        return any(NUMBER in n.name for n in self.names)


@cache
def roles() -> Mapping[str, Role]:
    """Return every role of the lexicon, by id."""
    held = read_data("lexicon.yaml")
    origins = {name: words(value) for name, value in parts(held["origins"]).items()}
    found: dict[str, Role] = {}
    for id_, value in parts(held["roles"]).items():
        told = parts(value)
        listed = tuple(
            Listed(name, plain_name(name), origins[origin])
            for origin, names in parts(told["names"]).items()
            for name in texts(names)
        )
        found[id_] = Role(
            id_,
            words(told["words"]),
            listed,
            frozenset(texts(told.get("meaning"))),
            frozenset(texts(told.get("types"))),
        )
    return MappingProxyType(found)


def plain_name(name: str) -> str:
    """Return a name in one width and case, without blanks and signs."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", name)).lower()


def numbered_forms(plain: str) -> tuple[tuple[str, int], ...]:
    """Return the forms of a plain name with one of its numbers as `{n}`, with that number."""
    return tuple(
        (plain[: m.start()] + NUMBER + plain[m.end() :], int(m[0])) for m in _DIGITS.finditer(plain)
    )
