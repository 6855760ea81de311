"""The grammar of UCUM codes (UCUM 2.2, section 2.2 and 3): a code becomes a factor and dimensions.

    main      = "/" term | term
    term      = component (("." | "/") component)*        read from left to right
    component = (symbol exponent? | number) annotation? | annotation | "(" term ")"

A symbol is an atom of `data/atoms.csv`, or a prefix and a metric atom. An annotation behind a
symbol says what is measured and changes nothing; one that stands alone is 1 where it counts things
({cells}), else a dimension of its own, so that {s_co_ratio} never becomes a percentage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qundao.intake.units.data_files import rows

LONGEST = 80
"""Characters of a code. Longer ones are no units."""

_COUNTED = frozenset(
    f"{{{what}}}"
    for what in ("#", "beats", "breaths", "cell", "cells", "count", "counts", "PLT", "RBC", "WBC")
)
_TOKEN = re.compile(
    r"(?P<annotation>\{[!-z|~]*\})"
    r"|(?P<symbol>(?:10[*^]|[A-Za-z%'](?:[A-Za-z%'_]|\[[!-Z^-~\\]+\])*|\[[!-Z^-~\\]+\]))"
    r"(?P<exponent>[+-]?[0-9]{1,2}(?![0-9]))?"
    r"|(?P<number>[1-9][0-9]{0,9})"
    r"|(?P<sign>[./()])"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `factor` of the base units in `dims`; `zero` is what is added, in this unit, to reach
    the absolute zero of its dimension (0 but for degrees of temperature).
    """

    factor: Fraction
    dims: tuple[tuple[str, int], ...] = ()
    zero: Fraction = Fraction(0)

    def __mul__(self, other: Unit) -> Unit:
        powers = Counter(dict(self.dims))
        powers.update(dict(other.dims))
        dims = tuple(sorted((name, n) for name, n in powers.items() if n))
        return Unit(self.factor * other.factor, dims)

    def __pow__(self, n: int) -> Unit:
        dims = tuple((name, power * n) for name, power in self.dims) if n else ()
        return Unit(self.factor**n, dims)


@dataclass(frozen=True, slots=True)
class _Atom:
    unit: Unit
    metric: bool


def parse(code: str) -> Unit | None:
    """Return the unit of a UCUM code (case-sensitive), None where the code is none."""
    if not code or len(code) > LONGEST:
        return None
    tokens = _tokens(code)
    if tokens is None:
        return None
    try:
        unit, rest = _term([_UNITY, *tokens] if code[0] == "/" else tokens)
    except (ValueError, OverflowError):
        return None
    return None if rest else unit


_Token = tuple[str, str, str]
_UNITY = ("number", "1", "")


def _tokens(code: str) -> list[_Token] | None:
    found, at = [], 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None:
            return None
        kind = next(k for k in ("annotation", "symbol", "number", "sign") if match[k])
        found.append((kind, match[kind], match["exponent"] or ""))
        at = match.end()
    return found


def _term(tokens: list[_Token]) -> tuple[Unit, list[_Token]]:
    """Return the unit of a term and what stands behind it. Raises ValueError."""
    unit, tokens = _component(tokens)
    while tokens and tokens[0][1] in (".", "/"):
        sign = tokens[0][1]
        part, tokens = _component(tokens[1:])
        unit = _joined(unit, part, sign)
    return unit, tokens


def _joined(unit: Unit, part: Unit, sign: str) -> Unit:
    if unit.zero or part.zero:
        raise ValueError("degrees are not multiplied")
    return unit * part**-1 if sign == "/" else unit * part


def _component(tokens: list[_Token]) -> tuple[Unit, list[_Token]]:
    if not tokens:
        raise ValueError("a unit is missing")
    (kind, text, exponent), rest = tokens[0], tokens[1:]
    if kind == "annotation":
        return (_ONE if text in _COUNTED else Unit(Fraction(1), ((text, 1),))), rest
    if kind == "sign":
        return _bracketed(text, rest)
    unit = Unit(Fraction(int(text))) if kind == "number" else _symbol(text)
    if exponent:
        unit = _powered(unit, int(exponent))
    return unit, rest[1:] if rest and rest[0][0] == "annotation" else rest


def _bracketed(sign: str, tokens: list[_Token]) -> tuple[Unit, list[_Token]]:
    unit, rest = _term(tokens) if sign == "(" else (_ONE, [])
    if not rest or rest[0][1] != ")":
        raise ValueError("a bracket is missing")
    return unit, rest[1:]


def _powered(unit: Unit, n: int) -> Unit:
    if unit.zero or n == 0:
        raise ValueError("no such power")
    return unit**n


def _symbol(text: str) -> Unit:
    """Return the unit of an atom, with or without a prefix. Raises ValueError."""
    if text in _ATOMS:
        return _ATOMS[text].unit
    for length in (1, 2):
        prefix, atom = text[:length], _ATOMS.get(text[length:])
        if prefix in PREFIXES and atom and atom.metric and not atom.unit.zero:
            return Unit(atom.unit.factor * Fraction(10) ** PREFIXES[prefix], atom.unit.dims)
    raise ValueError(f"no unit {text}")


def _defined(row: Mapping[str, str]) -> Unit:
    if row["kind"] in ("base", "own"):
        return Unit(Fraction(1), ((row["code"], 1),))
    of = parse(row["of"])
    if of is None:
        raise ValueError(f"units defined further up are required, received {row['of']!r}")
    zero = Fraction(row["zero"]) if row["kind"] == "special" else Fraction(0)
    return Unit(Fraction(row["value"]) * of.factor, of.dims, zero)


_ONE = Unit(Fraction(1))
PREFIXES: Mapping[str, int] = {row["code"]: int(row["power"]) for row in rows("prefixes")}
"""The power of ten of each prefix."""

_ATOMS: dict[str, _Atom] = {}
for _row in rows("atoms"):
    _ATOMS[_row["code"]] = _Atom(_defined(_row), _row["metric"] == "y")
