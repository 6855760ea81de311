"""The examples of a mapping: a few rows of the sources, and what is to become of them."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date, datetime

Value = int | float | str | date | datetime | None
"""What a target's field holds; None is empty."""


@dataclass(frozen=True, slots=True)
class Label:
    """Stands for a value that nobody can know beforehand: a pseudonym, an id.

    In one example, a label is one value wherever it stands, and two labels of the same field are
    two values.
    """

    name: str


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """A row of a target: the fields that are named, and no others, are compared."""

    fields: Map[str, Value | Label]
    line: int


@dataclass(frozen=True, slots=True)
class ExpectedReject:
    """Rows of a target that are refused, with the reason; `field` where one is at fault."""

    table: str
    reason: str
    field: str
    rows: int
    line: int


@dataclass(frozen=True, slots=True)
class Example:
    """What becomes of `given` rows: by table, all the rows expected, and those rejected.

    Tables that neither `expected` nor `rejected` names are not compared. `codes` stand in for
    lists that the mapping reads from files.
    """

    name: str
    line: int
    given: Map[str, tuple[Map[str, str], ...]]
    expected: Map[str, tuple[ExpectedRow, ...]]
    rejected: tuple[ExpectedReject, ...] = ()
    codes: Map[str, Map[str, int | float | str]] | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the targets that are compared."""
        return tuple(dict.fromkeys([*self.expected, *(r.table for r in self.rejected)]))
