"""What two mappings make differently of the same sources, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qundao.intake.load.account import Account


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row came from: source, file, line or row (from 1), and which group of its columns."""

    source: str
    file: str
    place: int
    item: int


@dataclass(frozen=True, slots=True)
class RowExample:
    """One row that differs. `before` is None for a row added, `after` for one removed.

    Both hold the fields that are not empty, by name. `fields` are those that changed; `places` are
    where the row came from, under the new mapping where it has the row, else under the old.
    """

    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    fields: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class TableComparison:
    """How one target table differs, in rows: `added` + `changed` + `same` = rows after.

    `key` are the fields by which rows are told apart; where a table has none (or its rows share
    one) whole rows are compared and nothing is `changed`. `fields` counts, by field, changed rows.
    """

    table: str
    key: tuple[str, ...]
    before: int
    after: int
    added: int
    removed: int
    changed: int
    fields: Mapping[str, int]
    examples: tuple[RowExample, ...]

    def __post_init__(self) -> None:
        if self.before - self.removed != self.after - self.added:
            raise ArithmeticError(
                f"{self.table}: rows before less removed = rows after less added is required, "
                f"received {self.before} - {self.removed} and {self.after} - {self.added}"
            )

    @property
    def same(self) -> int:
        """Return the rows that are equal under both."""
        return self.after - self.added - self.changed

    @property
    def differs(self) -> bool:
        """Tell whether any row differs."""
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What becomes different, per target table, and the account of each of the two loads."""

    tables: tuple[TableComparison, ...]
    old: Account
    new: Account

    @property
    def differs(self) -> bool:
        """Tell whether any row differs."""
        return any(t.differs for t in self.tables)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON; days and moments stay as they are (`default=str`)."""
        return {
            "schema": "qundao.intake-comparison/1",
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "tables": [asdict(t) | {"same": t.same} for t in self.tables],
        }
