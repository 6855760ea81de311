"""Units in the form: how people write them, and the concept ids that a definition holds."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query.words.units import UNITS


def parts_of(text: str) -> list[str]:
    """Return what a text lists, however its commas are written."""
    listed = text.replace("，", ",").replace("、", ",").split(",")
    return [t.strip() for t in listed if t.strip()]


def units_called(text: str) -> tuple[int, ...]:
    """Return the common unit that is written so in UCUM, or is called so; none where none is.

    Case decides where it makes a difference (UCUM is case sensitive), and only there.
    """
    exact = [n for n, (ucum, _) in UNITS.items() if text == ucum]
    wanted = text.casefold().replace("µ", "u").replace("μ", "u")
    near = [n for n, (ucum, name) in UNITS.items() if wanted in _spellings(ucum, name)]
    return tuple(exact or (near if len(near) == 1 else ()))


def written(concept: int) -> str:
    """Return a unit as the form has it: in UCUM, or as its id."""
    return UNITS[concept][0] if concept in UNITS else str(concept)


def _spellings(ucum: str, name: Words) -> tuple[str, ...]:
    return ucum.casefold(), name.zh.casefold(), name.en.casefold()
