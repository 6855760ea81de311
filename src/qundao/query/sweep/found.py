"""Some events of a table: places in it, and dates of their own where a criterion moved them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qundao.query.sweep.days import Days, Keys, Mask, keys
from qundao.query.sweep.people import Numbers, Rows
from qundao.query.sweep.reading import NO_ID
from qundao.query.sweep.tables import EventTable


class Found:
    """Events in the order of person and start.

    `at` are their places in the table. `own` holds columns that differ from the table's:
    `start_date` and `end_date` after a shift, and `sort_date` where entry goes by another day.
    """

    def __init__(self, table: EventTable, at: Rows, own: dict[str, Days] | None = None) -> None:
        self.table, self.at = table, at
        self._own = own or {}
        self._taken: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.at)

    @property
    def moved(self) -> bool:
        """Tell whether dates are others than the table's."""
        return bool(self._own)

    def column(self, name: str) -> Any:
        """Return one column's values."""
        if name in self._own:
            return self._own[name]
        if name not in self._taken:
            values = self.table.columns[name]
            arrow = isinstance(values, pa.Array)
            self._taken[name] = values.take(pa.array(self.at)) if arrow else values[self.at]
        return self._taken[name]

    @property
    def person(self) -> Numbers:
        """Return the persons' numbers."""
        found: Numbers = self.column("person")
        return found

    @property
    def start(self) -> Days:
        """Return the first days."""
        found: Days = self.column("start_date")
        return found

    @property
    def end(self) -> Days:
        """Return the last days."""
        found: Days = self.column("end_date")
        return found

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        """Return the events' own ids."""
        found: npt.NDArray[np.int64] = self.column("event_id")
        return found

    @property
    def sort_date(self) -> Days:
        """Return the day by which entry events are put in order."""
        return self._own.get("sort_date", self.start)

    @cached_property
    def key(self) -> Keys:
        """Return person and start as one number, ascending."""
        if "start_date" in self._own:
            return keys(self.person, self.start)
        return self.table.key[self.at]

    def where(self, mask: Mask) -> Found:
        """Return the events that a mask keeps."""
        if mask.all():
            return self
        own = {n: v[mask] for n, v in self._own.items()}
        return Found(self.table, self.at[mask], own)

    def with_dates(self, own: dict[str, Days]) -> Found:
        """Return the events with other dates, in their order."""
        every = {**self._own, **own}
        start = every.get("start_date", self.start)
        order = np.argsort(keys(self.person, start), kind="stable")
        return Found(self.table, self.at[order], {n: v[order] for n, v in every.items()})

    @cached_property
    def named(self) -> npt.NDArray[np.intp] | None:
        """Return which event each row names, from 0 on; None where each names another.

        Person and event id name an event; keys that repeat name one event together.
        """
        if self.table.named_once:
            return None
        order = np.lexsort((self.ids, self.person))
        person, ids = self.person[order], self.ids[order]
        new = np.ones(len(order), np.intp)
        new[1:] = (person[1:] != person[:-1]) | (ids[1:] != ids[:-1])
        groups = np.empty(len(order), np.intp)
        groups[order] = np.cumsum(new) - 1
        return groups

    @cached_property
    def has_id(self) -> Mask:
        """Tell which events have an id; those without are the same as no other, nor themselves."""
        there: Mask = self.ids != NO_ID
        return there
