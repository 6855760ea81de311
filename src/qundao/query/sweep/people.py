"""Who is in the source: numbers for persons, facts of them, and their observation periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from qundao.query.sweep.days import BITS, NO_DAY, Days, Keys, Mask, keys
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.reading import NO_ID, Raw

Numbers = npt.NDArray[np.int32]
"""Persons by their number here: 0, 1, … in the order of their ids."""
Rows = npt.NDArray[np.intp]
_SPARE = 4
_SMALL = 1 << 20


class People:
    """Turns person ids into numbers that count from 0, in the order of the ids.

    Where the ids lie close together they are only moved, which costs no search.
    """

    def __init__(self, ids: Iterable[npt.NDArray[np.int64]]) -> None:
        found = [i for i in ids if len(i)]
        rows = sum(map(len, found))
        self._first = min((int(i.min()) for i in found), default=0)
        last = max((int(i.max()) for i in found), default=-1)
        width = last - self._first + 1
        self._ids: npt.NDArray[np.int64] | None = None
        if width > max(_SPARE * rows, _SMALL):
            self._ids = np.unique(np.concatenate([np.unique(i) for i in found]))
        self.size = width if self._ids is None else len(self._ids)

    def numbers(self, ids: npt.NDArray[np.int64]) -> Numbers:
        """Return the numbers of ids, all of which the instance was made with."""
        if self._ids is None:
            return (ids - self._first).astype(np.int32)
        return np.searchsorted(self._ids, ids).astype(np.int32)

    def ids(self, numbers: Numbers) -> npt.NDArray[np.int64]:
        """Return the ids of numbers."""
        if self._ids is None:
            return numbers.astype(np.int64) + self._first
        found: npt.NDArray[np.int64] = self._ids[numbers]
        return found


class Facts:
    """What `person` says of each person. `known` tells who is in that table at all."""

    def __init__(self, people: People, raw: Raw) -> None:
        number = people.numbers(raw["person_id"])
        self.known = np.zeros(people.size, np.bool_)
        self.known[number] = True
        self._repeated = int(self.known.sum()) != len(number)
        self._columns: Mapping[str, npt.NDArray[np.int64]] = {
            name: self._spread(number, values)
            for name, values in raw.items()
            if name != "person_id"
        }

    def _spread(self, number: Numbers, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        spread = np.full(len(self.known), NO_ID, np.int64)
        spread[number] = values
        return spread

    def of(self, person: Numbers, name: str) -> npt.NDArray[np.int64]:
        """Return a fact of some persons; `NO_ID` where it is not known."""
        if self._repeated:
            raise UnfitError("persons that stand in `person` more than once")
        found: npt.NDArray[np.int64] = self._columns[f"id:{name}"][person]
        return found


class Periods:
    """Observation periods in the order of person and start.

    asked: whose periods are looked at, by number.
    """

    def __init__(self, people: People, raw: Raw, asked: Mask) -> None:
        person, start, end = people.numbers(raw["person_id"]), raw["start_date"], raw["end_date"]
        kept = np.flatnonzero(asked[person] & (start != NO_DAY) & (end != NO_DAY))
        person, key = person[kept], keys(person[kept], start[kept])
        order = np.argsort(key)  # periods that begin on one day overlap: their order is no matter
        self.key: Keys = key[order]
        self.start: Days = start[kept][order]
        self.end: Days = end[kept][order]
        self._person: Numbers = person[order]

    @cached_property
    def _overlapping(self) -> bool:
        last = np.maximum.accumulate(keys(self._person, self.end))
        return bool((last[:-1] >= self.key[1:]).any())

    def holding(self, person: Numbers, day: Days) -> tuple[Rows, Rows]:
        """Return which of some days lie in which periods, as places of both.

        A day in several periods is there several times; one in none is not.
        """
        if self._overlapping:
            return self._all_holding(person, day)
        at = np.searchsorted(self.key, keys(person, day), "right") - 1
        found = (at >= 0) & (day != NO_DAY)
        at = np.maximum(at, 0)
        if len(self.key):
            found &= (self._person[at] == person) & (day <= self.end[at])
        rows = np.flatnonzero(found)
        return rows, at[rows]

    def _all_holding(self, person: Numbers, day: Days) -> tuple[Rows, Rows]:
        first = np.searchsorted(self.key, person.astype(np.int64) << BITS, "left")
        last = np.searchsorted(self.key, keys(person, day), "right")
        rows, at = stretches(first, last)
        kept = (day[rows] <= self.end[at]) & (day[rows] != NO_DAY)
        return rows[kept], at[kept]


def stretches(first: Rows, last: Rows) -> tuple[Rows, Rows]:
    """Return every place from each `first` to before its `last`, with the row it belongs to."""
    counts = np.maximum(last - first, 0)
    rows = np.repeat(np.arange(len(first)), counts)
    begun = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) - begun[rows] + first[rows]
