"""Makes a column's profile of what was scanned: its type, its meaning, what may be shown."""

from __future__ import annotations

from qundao.intake.column_scan import ColumnScan
from qundao.intake.meaning import Meaning, likely
from qundao.intake.meaning_sorts import DIRECT, HIDDEN
from qundao.intake.meaning_values import holds_identifier
from qundao.intake.profile_result import ColumnProfile, Range
from qundao.intake.shapes import shown
from qundao.intake.source import SourceColumn

FLOOR = 10
"""Rows that a value has at least where it is shown."""

_MOST_SHAPES, _MOST_VALUES, _LONGEST_SHOWN = 8, 20, 60
_OF_A_TYPE = 0.9
_DIRECT_ENOUGH = 0.4
_HOLDING_ENOUGH = 0.05
_NAMING_ROWS, _NAMING_LEAST = 0.9, 20
_MEASURES = 0.7
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_DIGITS = 12
_CODES = frozenset(("icd10", "operation_code", "drug_code", "lab_item", "visit_id"))
"""Digits in these are no numbers."""


def finish(scan: ColumnScan, column: SourceColumn) -> ColumnProfile:
    """Return the profile of a scanned column."""
    meanings = _meanings(scan, column)
    type_, fitting = _type(scan, meanings)
    hidden = _hidden(scan, meanings, type_)
    return ColumnProfile(
        name=column.name,
        label=column.label,
        stored=str(column.type),
        type=type_,
        rows=scan.rows,
        null=scan.null,
        blank=scan.blank,
        fitting=fitting,
        impossible_dates=scan.days.impossible if type_ in ("date", "datetime") else 0,
        distinct=scan.distinct.estimate(),
        distinct_exact=scan.distinct.exact,
        once=scan.distinct.once(),
        lengths=(scan.shortest or 0, scan.longest),
        range=_range(scan, type_, hidden=hidden),
        shapes=tuple((shown(s), n) for s, n in scan.shapes.top(_MOST_SHAPES)),
        values=() if hidden else _values(scan, type_),
        hidden=hidden,
        holding_identifiers=scan.holding_identifiers,
        meanings=meanings[:3],
        reasons=tuple(scan.reasons.most_common(_MOST_SHAPES)),
    )


def _meanings(scan: ColumnScan, column: SourceColumn) -> tuple[Meaning, ...]:
    """Return what the column's name and values say, or its label where that says more."""
    sample = scan.sample.values()
    names = [column.name, *([column.label] if column.label else [])]
    return max((likely(n, sample) for n in names), key=lambda m: m[0].score if m else 0.0)


def _type(scan: ColumnScan, meanings: tuple[Meaning, ...]) -> tuple[str, int]:
    """Return the type that nine of ten values have, and how many have it."""
    if not scan.told:
        return "empty", 0
    best = meanings[0].sort if meanings else ""
    if best in ("date", "datetime"):
        days, serial = scan.days, dict(meanings[0].forms).get("Excel serial", 0)
        serials = days.serial_days + days.serial_moments if serial else 0
        return best, sum(days.forms.values()) + serials
    numbers = scan.numbers
    if best in DIRECT | _CODES or numbers.rows < _OF_A_TYPE * scan.told:
        return "text", scan.told
    if numbers.whole >= _OF_A_TYPE * scan.told:
        return "integer", numbers.whole
    return "number", numbers.rows


def _hidden(scan: ColumnScan, meanings: tuple[Meaning, ...], type_: str) -> bool:
    """Tell whether its values may name somebody: by meaning, by what they hold, by being unique.

    Of dates and of numbers whose column is called one, being unique says nothing.
    """
    if meanings and meanings[0].sort in HIDDEN:
        return True
    if any(m.direct and m.score >= _DIRECT_ENOUGH for m in meanings):
        return True
    if scan.told and scan.holding_identifiers >= _HOLDING_ENOUGH * scan.told:
        return True
    if type_ == "integer" and any(m.sort == "number" and m.score > _MEASURES for m in meanings):
        return False
    naming = scan.distinct.once() >= _NAMING_ROWS and scan.distinct.estimate() > _NAMING_LEAST
    return naming and type_ in ("text", "integer")


def _range(scan: ColumnScan, type_: str, *, hidden: bool) -> Range | None:
    days, numbers = scan.days, scan.numbers
    if type_ in ("date", "datetime") and days.first is not None and not hidden:
        return Range(str(days.first), str(days.last))
    if type_ not in ("integer", "number") or hidden:
        return None
    return Range(
        f"{numbers.low:.{_DIGITS}g}",
        f"{numbers.high:.{_DIGITS}g}",
        float(f"{numbers.total / numbers.rows:.6g}"),
        tuple(float(f"{q:.6g}") for q in numbers.sample.at(_QUANTILES)),
    )


def _values(scan: ColumnScan, type_: str) -> tuple[tuple[str, int], ...]:
    if type_ in ("date", "datetime", "number"):
        return ()
    top = scan.frequent.top(_MOST_VALUES, FLOOR)
    return tuple((v[:_LONGEST_SHOWN], n) for v, n in top if not holds_identifier(v))
