"""A domain's events in memory: ordered by person and start, found by their codes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qundao.query.sweep.concept_ids import Ids
from qundao.query.sweep.days import Keys, keys
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.ordering import firsts, total_order
from qundao.query.sweep.people import Numbers, People, Rows
from qundao.query.sweep.reading import NO_ID, Array, Raw

_DENSE = 8
"""From one row in so many on, marking all rows is cheaper than listing and sorting some."""


class EventTable:
    """Events by person, start, event id, end, concept and visit, nulls last: a total order.

    `person` are numbers of `people`, `key` is person and start as one number.
    """

    def __init__(self, people: People, raw: Raw) -> None:
        person = people.numbers(raw.pop("person_id"))
        key = keys(person, raw["start_date"])
        order, self.repeats = _order(key, raw)
        self.key: Keys = key[order]
        self.columns: dict[str, Any] = {"person": person[order]}
        for name in list(raw):
            self.columns[name] = _taken(raw.pop(name), order)
        self._coded: dict[str, _Coded] = {}

    def __len__(self) -> int:
        return len(self.key)

    @cached_property
    def named_once(self) -> bool:
        """Tell whether every event has an id of its own."""
        ids = np.sort(self.columns["event_id"])
        return not len(ids) or bool((ids[1:] != ids[:-1]).all() and ids[-1] != NO_ID)

    def coded(self, column: str, wanted: Ids) -> Rows:
        """Return the places, in order, of the events whose code is wanted."""
        if column not in self._coded:
            self._coded[column] = _Coded(self.columns[column])
        return self._coded[column].places(wanted)


def _taken(values: Any, order: Rows) -> Any:
    return values.take(pa.array(order)) if isinstance(values, pa.Array) else values[order]


def _order(key: Keys, raw: Raw) -> tuple[Rows, bool]:
    """Return the order of the rows, and whether two rows are alike in all that orders them."""
    names = ("event_id", "end_date", "concept_id", "visit_id")
    return total_order(key, lambda rows: [raw[n][rows] for n in names])


class _Coded:
    """Places by code: one sort of a column, then every set of codes is found in it."""

    def __init__(self, values: npt.NDArray[np.int64]) -> None:
        self._by_code = np.argsort(values)
        ordered = values[self._by_code]
        first = np.flatnonzero(firsts(ordered))
        self._codes = ordered[first]
        self._begin = np.append(first, len(values))

    @cached_property
    def _of(self) -> npt.NDArray[np.int32]:
        """Return, for each row, the place of its code among all codes."""
        of = np.empty(len(self._by_code), np.int32)
        places = np.arange(len(self._codes), dtype=np.int32)
        of[self._by_code] = np.repeat(places, np.diff(self._begin))
        return of

    def places(self, wanted: Ids) -> Rows:
        inside = np.intersect1d(self._codes, wanted, assume_unique=True)
        codes = np.searchsorted(self._codes, inside)
        counts = self._begin[codes + 1] - self._begin[codes]
        if int(counts.sum()) * _DENSE > len(self._by_code):
            marked = np.zeros(len(self._codes), np.bool_)
            marked[codes] = True
            return np.flatnonzero(marked[self._of])
        parts = [self._by_code[self._begin[c] : self._begin[c + 1]] for c in codes]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.intp)


class LinkTable:
    """Codes of another table's rows, by their key."""

    def __init__(self, people: People, raw: Raw) -> None:
        order = np.argsort(raw["id:key"])
        self._keys: npt.NDArray[np.int64] = raw["id:key"][order]
        self._codes: npt.NDArray[np.int64] = raw["id:code"][order]
        self._person = people.numbers(raw["person_id"])[order] if "person_id" in raw else None
        self._repeated = bool((self._keys[1:] == self._keys[:-1]).any())

    def codes(
        self, ids: npt.NDArray[np.int64], person: Numbers
    ) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Return the code of each id, `NO_ID` for none, and whether there is such a row at all."""
        if self._repeated:
            raise UnfitError("linked rows of one key")
        if not len(self._keys):
            return np.full(len(ids), NO_ID), np.zeros(len(ids), np.bool_)
        at = np.minimum(np.searchsorted(self._keys, ids), len(self._keys) - 1)
        found = self._keys[at] == ids
        if self._person is not None:
            found &= self._person[at] == person
        return np.where(found, self._codes[at], NO_ID), found
