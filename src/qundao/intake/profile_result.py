"""A profile as values: what each column holds, which columns are keys, which tables join.

No value of a direct identifier stands in it, only shapes and counts; what else it shows is for the
steward on the node and does not leave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from qundao.intake.meaning import Meaning

SCHEMA = "qundao.intake-profile/1"


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value, and quantiles (5, 25, 50, 75, 95%) where they are numbers.

    Quantiles come from a sample of 4,096 rows.
    """

    low: str
    high: str
    mean: float | None = None
    quantiles: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the range for the profile."""
        told: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.mean is not None:
            told |= {"mean": self.mean, "quantiles": list(self.quantiles)}
        return told


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. Counts are of rows; `fill` is `told` over `rows`.

    `type` is one of empty, integer, number, date, datetime, text; `stored` the source's own type.
    `fitting` rows are of that type; `impossible_dates` are written as dates of no calendar.
    `distinct` is exact where `distinct_exact`; `once` is the share of distinct values that one row
    alone holds. `values` are empty where `hidden`.
    """

    name: str
    stored: str
    type: str
    rows: int
    null: int
    blank: int
    fitting: int
    impossible_dates: int
    distinct: int
    distinct_exact: bool
    once: float
    lengths: tuple[int, int]
    range: Range | None
    shapes: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, int], ...]
    hidden: bool
    holding_identifiers: int
    meanings: tuple[Meaning, ...]
    reasons: tuple[tuple[str, int], ...] = ()
    label: str = ""

    @property
    def told(self) -> int:
        """Return the rows with a value."""
        return self.rows - self.null - self.blank

    @property
    def fill(self) -> float:
        """Return the share of rows with a value."""
        return self.told / self.rows if self.rows else 0.0

    @property
    def meaning(self) -> Meaning | None:
        """Return the likeliest meaning."""
        return self.meanings[0] if self.meanings else None

    def to_json(self) -> dict[str, Any]:
        """Return the column for the profile."""
        return {
            "name": self.name,
            "label": self.label,
            "stored": self.stored,
            "type": self.type,
            "rows": self.rows,
            "null": self.null,
            "blank": self.blank,
            "fill": round(self.fill, 6),
            "fitting": self.fitting,
            "impossible_dates": self.impossible_dates,
            "distinct": self.distinct,
            "distinct_exact": self.distinct_exact,
            "once": round(self.once, 6),
            "lengths": {"shortest": self.lengths[0], "longest": self.lengths[1]},
            "range": self.range.to_json() if self.range else None,
            "shapes": [{"shape": s, "rows": n} for s, n in self.shapes],
            "values": [{"value": v, "rows": n} for v, n in self.values],
            "hidden": self.hidden,
            "holding_identifiers": self.holding_identifiers,
            "reasons": [{"reason": r, "rows": n} for r, n in self.reasons],
            "meanings": [m.to_json() for m in self.meanings],
        }


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that name a row: `once` is the share of their values that one row alone holds."""

    columns: tuple[str, ...]
    once: float

    def to_json(self) -> dict[str, Any]:
        """Return the key for the profile."""
        return {"columns": list(self.columns), "once": round(self.once, 6)}


@dataclass(frozen=True, slots=True)
class TableProfile:
    """One table of one source. `rows` were handed over; `defects` counts what was not, by reason.

    `duplicate_rows` are rows that repeat another in every column, estimated beyond 8,192 rows.
    """

    source: str
    table: str
    label: str
    rows: int
    duplicate_rows: int
    defects: Mapping[str, int]
    columns: tuple[ColumnProfile, ...]
    keys: tuple[Key, ...]

    @property
    def name(self) -> str:
        """Return the table with its source, as joins call it; a file of one table is its name."""
        alone = PurePath(self.source).name.startswith(f"{self.table}.")
        return self.source if alone or not self.table else f"{self.source}/{self.table}"

    def to_json(self) -> dict[str, Any]:
        """Return the table for the profile."""
        return {
            "source": self.source,
            "table": self.table,
            "label": self.label,
            "rows": self.rows,
            "duplicate_rows": self.duplicate_rows,
            "defects": dict(self.defects),
            "columns": [c.to_json() for c in self.columns],
            "keys": [k.to_json() for k in self.keys],
        }


@dataclass(frozen=True, slots=True)
class Join:
    """A column whose values stand in another table's: `values` and `rows` are the shares that do.

    `looked_at` are the distinct values on which the shares were measured.
    """

    table: str
    column: str
    other_table: str
    other_column: str
    values: float
    rows: float
    looked_at: int

    def to_json(self) -> dict[str, Any]:
        """Return the join for the profile."""
        return {
            "from": {"table": self.table, "column": self.column},
            "to": {"table": self.other_table, "column": self.other_column},
            "values_share": round(self.values, 6),
            "rows_share": round(self.rows, 6),
            "looked_at": self.looked_at,
        }


@dataclass(frozen=True, slots=True)
class IntakeProfile:
    """The tables of all sources, and how they join."""

    tables: tuple[TableProfile, ...]
    joins: tuple[Join, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain JSON, for the node."""
        return {
            "schema": SCHEMA,
            "tables": [t.to_json() for t in self.tables],
            "joins": [j.to_json() for j in self.joins],
        }
