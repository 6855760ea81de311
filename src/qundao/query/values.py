"""Ranges and offsets: the small values that definitions are made of.

Comparisons are those of Circe: `lt lte eq gt gte ne`, and `bt` / `not_bt` with both ends
included.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qundao.query.codes import invalid, printable

LONGEST_DAYS = 365_250
"""No window reaches further than a thousand years: published definitions write 99999 for ever."""
LONGEST_TEXT = 200
_CONCEPT_LIMIT = 2**31 - 1


class Op(StrEnum):
    """A comparison."""

    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    BT = "bt"
    NOT_BT = "not_bt"

    @property
    def two_ended(self) -> bool:
        """Tell whether the comparison needs a second value."""
        return self in (Op.BT, Op.NOT_BT)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A comparison with one number, or with two for `bt` and `not_bt`."""

    op: Op
    value: float
    extent: float | None = None

    def __post_init__(self) -> None:
        for where, number in (("value", self.value), ("extent", self.extent)):
            if number is not None and not math.isfinite(number):
                raise invalid(where, number, "有限的数", "a finite number")
        _check_extent(self.op, self.value, self.extent)


@dataclass(frozen=True, slots=True)
class DateRange:
    """A comparison with one date, or with two for `bt` and `not_bt`."""

    op: Op
    value: date
    extent: date | None = None

    def __post_init__(self) -> None:
        _check_extent(self.op, self.value, self.extent)


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar dates, both included; None is open on that side."""

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first is None and self.last is None:
            raise invalid("first", None, "至少一个日期", "at least one of the two dates")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise invalid("last", self.last, f"不早于 {self.first}", f"not before {self.first}")


def _check_extent(op: Op, value: float | date, extent: float | date | None) -> None:
    if op.two_ended != (extent is not None):
        raise invalid(
            "extent", extent, "仅区间比较需要第二个值", "a second value for bt and not_bt only"
        )
    if extent is not None and extent < value:  # type: ignore[operator]
        raise invalid("extent", extent, f"不小于 {value}", f"at least {value}")


def check_name(where: str, text: str) -> None:
    """Refuse an empty, overlong or unprintable name."""
    if not 0 < len(text.strip()) <= LONGEST_TEXT or not text.isprintable():
        raise invalid(
            where,
            printable(text[:60]),
            f"1 至 {LONGEST_TEXT} 个可见字符",
            f"1 to {LONGEST_TEXT} printable characters",
        )


def check_days(where: str, days: int | None, lowest: int = -LONGEST_DAYS) -> None:
    """Refuse a number of days beyond a thousand years, or below `lowest`."""
    if days is not None and not lowest <= days <= LONGEST_DAYS:
        raise invalid(
            where, days, f"{lowest} 至 {LONGEST_DAYS} 天", f"{lowest} to {LONGEST_DAYS} days"
        )


def check_concept(where: str, concept_id: int) -> None:
    """Refuse what cannot be a concept id of OMOP (an integer of 32 bits, 0 allowed)."""
    if not 0 <= concept_id <= _CONCEPT_LIMIT:
        raise invalid(where, concept_id, "OMOP 概念编号", "an OMOP concept id")


def check_concepts(where: str, concept_ids: tuple[int, ...]) -> None:
    """Refuse an empty list of concept ids, or one with a wrong id in it."""
    if not concept_ids:
        raise invalid(where, "[]", "至少一个概念编号", "at least one concept id")
    for i, concept_id in enumerate(concept_ids):
        check_concept(f"{where}[{i}]", concept_id)


_VARIABLE = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def is_variable(name: str) -> bool:
    """Tell whether `name` can be a column's name, in small letters."""
    return _VARIABLE.match(name) is not None
