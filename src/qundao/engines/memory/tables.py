"""Rows as dictionaries, names in small letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]


class Tables:
    """The tables of a source: name to rows."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._rows = {
            name.lower(): [{k.lower(): v for k, v in row.items()} for row in rows]
            for name, rows in tables.items()
        }

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return self._rows[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the table names."""
        return tuple(self._rows)

    def person(self, person_id: int) -> Row | None:
        """Return a person's row."""
        return next((p for p in self["person"] if p["person_id"] == person_id), None)

    def observation(self, person_id: int) -> list[tuple[date, date]]:
        """Return a person's observation periods, first and last day."""
        return [
            (as_date(o["observation_period_start_date"]), as_date(o["observation_period_end_date"]))
            for o in self["observation_period"]
            if o["person_id"] == person_id
        ]


def as_date(value: date | datetime) -> date:
    """Return the day of a date or an instant."""
    return value.date() if isinstance(value, datetime) else value
