"""The conversions of the units that a load meets, as a table to be joined.

A load collects the different (unit as written, target, substance) of its rows, which are few, asks
for their table once and joins it: `value * factor + offset`, or the fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qundao.intake import codes
from qundao.intake.units.conversion import conversion
from qundao.intake.units.spelling import ucum
from qundao.intake.units.substances import substance_named
from qundao.kernel.errors import Problem, fail
from qundao.kernel.words import Words

UNIT_UNKNOWN, UNIT_NOT_CONVERTIBLE, WRONG_UNIT = (
    "unit_unknown",
    "unit_not_convertible",
    "wrong_unit",
)
"""Reasons for which a row is rejected (or, the last, told), as other reasons of a load."""


UNIT_FAULTS: Mapping[str, Words] = MappingProxyType(
    {
        UNIT_UNKNOWN: Words("无法识别的单位", "a unit that is not known"),
        UNIT_NOT_CONVERTIBLE: Words(
            "不能换算到目标单位", "a unit that does not convert into the target"
        ),
        WRONG_UNIT: Words(
            "按所写单位不可信，按另一单位平常",
            "not credible in the unit written, ordinary in another",
        ),
    }
)
"""What each reason says."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One pair: `unit`, `target`, `substance` as they were asked for, to join on.

    With `fault` empty, `value * factor + offset` is the value in `ucum`, the target's code. `said`
    tells why, in the words of the refusal or the source of the conversion (English, for a log).
    """

    unit: str
    target: str
    substance: str
    ucum: str
    factor: float | None
    offset: float | None
    fault: str | None
    said: str


def unit_table(pairs: Iterable[tuple[str, str, str | None]]) -> list[UnitRow]:
    """Return the table for pairs of a unit as written, a target unit and a substance or none.

    Each pair once, in order. An empty unit is `unit_unknown`; an empty target asks for nothing: the
    value stays as it is. A substance that the table does not have (a row's item may be any) helps
    no conversion and hinders none. Raises `intake.unit_unknown` where a target is no unit: that is
    the mapping's fault, not a row's.
    """
    asked = ((unit, target, what or "") for unit, target, what in pairs)
    return [_row(*pair) for pair in dict.fromkeys(asked)]


def _row(unit: str, target: str, substance: str) -> UnitRow:
    code = ucum(unit)
    if not target:
        return UnitRow(unit, target, substance, code or "", 1.0, 0.0, None, "")
    to = ucum(target)
    if to is None:
        raise fail(codes.UNIT_UNKNOWN, target, "target")
    if code is None:
        return _faulty(unit, target, substance, to, UNIT_UNKNOWN, "")
    known = substance if substance and substance_named(substance) else None
    found = conversion(code, to, known)
    if isinstance(found, Problem):
        return _faulty(unit, target, substance, to, UNIT_NOT_CONVERTIBLE, found.line("en"))
    factor, offset = float(found.factor), float(found.offset)
    return UnitRow(unit, target, substance, to, factor, offset, None, found.why.en)


def _faulty(unit: str, target: str, substance: str, to: str, fault: str, said: str) -> UnitRow:
    return UnitRow(unit, target, substance, to, None, None, fault, said)
