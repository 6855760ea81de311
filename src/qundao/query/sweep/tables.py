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
    """Return the order of the rows, and whether two rows are alike in all that orders them.

    The keys alone tell most rows apart; only those of one key are looked at again.
    """
    order = np.argsort(key)
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order, False
    tied = np.zeros(len(key), np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    places = np.flatnonzero(tied)
    rows = order[places]
    more = [raw[n][rows] for n in ("visit_id", "concept_id", "end_date", "event_id")]
    within = np.lexsort((*more, ordered[places]))
    order[places] = rows[within]
    return order, _alike([ordered[places], *(m[within] for m in more)])


def _alike(columns: list[npt.NDArray[Any]]) -> bool:
    equal = np.ones(max(len(columns[0]) - 1, 0), np.bool_)
    for values in columns:
        equal &= values[1:] == values[:-1]
    return bool(equal.any())


class _Coded:
    """Places by code: one sort of a column, then every set of codes is found in it."""

    def __init__(self, values: npt.NDArray[np.int64]) -> None:
        self._codes, self._of = np.unique(values, return_inverse=True)
        self._by_code = np.argsort(self._of, kind="stable")
        self._begin = np.searchsorted(
            self._of, np.arange(len(self._codes) + 1), sorter=self._by_code
        )

    def places(self, wanted: Ids) -> Rows:
        at = np.searchsorted(self._codes, wanted)
        at = at[at < len(self._codes)] if len(self._codes) else at[:0]
        inside = np.intersect1d(self._codes[at], wanted) if len(at) else wanted[:0]
        codes = np.searchsorted(self._codes, inside)
        total = int((self._begin[codes + 1] - self._begin[codes]).sum())
        if total * _DENSE > len(self._of):
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
