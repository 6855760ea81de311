"""From one unit to another, exactly: value * factor + offset, and why that is right.

Units of the same dimensions convert as they are. Mass, moles, equivalents and international units
of one substance convert through its molar mass, charge and published unit. Haemoglobin A1c has a
law of its own. What has no published relation is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from qundao.intake import codes
from qundao.intake.units.grammar import Unit, parse
from qundao.intake.units.substances import Substance, substance_named
from qundao.kernel.errors import Problem, problem
from qundao.kernel.words import Words

_MASS, _AMOUNT, _CHARGE, _IU = "g", "mol", "eq", "[iU]"


@dataclass(frozen=True, slots=True)
class Conversion:
    """`value * factor + offset` is the value in the other unit. Both are exact."""

    factor: Fraction
    offset: Fraction
    why: Words

    def of(self, value: float) -> float:
        """Return a value in the other unit."""
        return value * float(self.factor) + float(self.offset)

    def exactly(self, value: Fraction) -> Fraction:
        """Return a value in the other unit, without rounding."""
        return value * self.factor + self.offset


_SAME = Words("同一量纲", "the same dimension")
_LAWS: Mapping[str, tuple[str, str, Fraction, Fraction]] = MappingProxyType(
    {"ngsp_ifcc": ("mmol/mol", "%", Fraction("0.09148"), Fraction("2.152"))}
)
"""From, to, factor, offset: the NGSP/IFCC master equation (Geistanger 2008, Clin Chem 54:1379)."""


def conversion(from_ucum: str, to_ucum: str, substance: str | None = None) -> Conversion | Problem:
    """Return the conversion between two UCUM codes, or the refusal.

    substance: a key or a name of `data/substances.csv`. Refusals: `intake.unit_unknown`,
    `intake.substance_unknown`, `intake.unit_not_convertible`.
    """
    units = []
    for code in (from_ucum, to_ucum):
        unit = parse(code)
        if unit is None:
            return problem(codes.UNIT_UNKNOWN, code, "unit")
        units.append(unit)
    known = substance_named(substance) if substance else None
    if substance and known is None:
        return problem(codes.SUBSTANCE_UNKNOWN, substance, "substance")
    one, other = units
    found = _by_law(one, other, known) or _same(one, other) or _of_substance(one, other, known)
    return found or _refused(from_ucum, to_ucum, known)


def _same(one: Unit, other: Unit, why: Words = _SAME) -> Conversion | None:
    """Return the conversion of units with equal dimensions."""
    if one.dims != other.dims:
        return None
    factor = one.factor / other.factor
    return Conversion(factor, one.zero * factor - other.zero, why)


def _by_law(one: Unit, other: Unit, substance: Substance | None) -> Conversion | None:
    """Return what a substance's own law says of its two units, or of others of the same kind."""
    if substance is None or not substance.law:
        return None
    first, second, factor, offset = _LAWS[substance.law]
    law = Conversion(factor, offset, _why(substance, substance.source))
    kinds = [_kind_under_law(unit, first, second) for unit in (one, other)]
    if kinds == [first, second]:
        return law
    if kinds == [second, first]:
        return Conversion(1 / factor, -offset / factor, law.why)
    return None


def _kind_under_law(unit: Unit, *kinds: str) -> str:
    return next((kind for kind in kinds if parse(kind) == unit), "")


def _of_substance(one: Unit, other: Unit, substance: Substance | None) -> Conversion | None:
    if substance is None:
        return None
    why = _why(substance, substance.source)
    for relations in _ways(substance):
        found = _same(_related(one, relations), _related(other, relations), why)
        if found:
            return found
    return None


def _ways(substance: Substance) -> Iterator[Mapping[str, Unit]]:
    """Yield what may stand for what, the nearest relations first."""
    near: dict[str, Unit] = {}
    if substance.charge:
        near[_CHARGE] = Unit(Fraction(1, substance.charge), ((_AMOUNT, 1),))
    if substance.iu:
        number, code = substance.iu
        unit = parse(code)
        if unit is None:
            raise ValueError(f"an international unit in UCUM is required, received {code!r}")
        near[_IU] = Unit(number * unit.factor, unit.dims)
    if near:
        yield near
    if substance.molar_mass:
        mass = {_AMOUNT: Unit(substance.molar_mass, ((_MASS, 1),))}
        yield {name: _related(unit, mass) for name, unit in near.items()} | mass


def _related(unit: Unit, relations: Mapping[str, Unit]) -> Unit:
    """Return a unit with some of its dimensions told in others."""
    made = Unit(unit.factor)
    for name, power in unit.dims:
        made = made * relations.get(name, Unit(Fraction(1), ((name, 1),))) ** power
    return made


def _why(substance: Substance, source: str) -> Words:
    mass = f"{float(substance.molar_mass):.7g} g/mol" if substance.molar_mass else ""
    said = f"{mass}; {source}" if mass else source
    return Words(f"{substance.words.zh}（{said}）", f"{substance.words.en} ({said})")


def _refused(from_ucum: str, to_ucum: str, substance: Substance | None) -> Problem:
    needed = Words("同一量纲的单位", "units of one dimension")
    if substance:
        needed = Words(
            f"同一量纲的单位，或{substance.words.zh}的公布换算（{substance.source}）",
            f"units of one dimension, or a published relation of {substance.words.en} "
            f"({substance.source})",
        )
    return problem(
        codes.UNIT_NOT_CONVERTIBLE, f"{from_ucum} -> {to_ucum}", "unit", zh=needed.zh, en=needed.en
    )
