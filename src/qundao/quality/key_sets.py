"""Sets of whole-number keys as one byte per possible key: no sorting, no hashing.

Databases number their rows nearly one after the other. Where an engine hands its rows over within
this process, a byte for each number between the lowest key and the highest counts how many rows
have it. `key_blocks` asks the same in SQL, for servers, for keys far apart and keys of many rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qundao.query.engine import Engine

_MOST_BYTES = 2**28
_BYTES_PER_ROW, _BYTES_ANYWAY = 64, 2**20
_BATCH_ROWS = 2**18

ByteCounts = NDArray[np.uint8]
"""One byte for each number from the lowest key to the highest."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of keys; rows where `where` does not hold are left out."""

    table: str
    field: str
    where: exp.Expr | None = None


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """Which rows of a column hold a key that is repeated, or (`missing_from`) absent elsewhere.

    With `each_once` a key counts once, however many rows hold it.
    """

    column: KeyColumn
    missing_from: KeyColumn | None = None
    each_once: bool = False


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of a column: `counts[k - low]` rows have key `k`.

    `rows` have a key and `empty` rows have none.
    """

    low: int
    counts: ByteCounts
    rows: int
    empty: int

    def distinct(self) -> int:
        """Return how many keys there are."""
        return int(np.count_nonzero(self.counts > 0))

    def keys(self) -> Iterator[int]:
        """Yield the keys, lowest first."""
        return self._above(0)

    def rows_repeating(self) -> int:
        """Return how many rows have a key that other rows have too."""
        return self.rows - int(np.count_nonzero(self.counts == 1))

    def repeated(self) -> Iterator[int]:
        """Yield the keys that several rows have, lowest first."""
        return self._above(1)

    def without(self, other: KeySet) -> KeySet:
        """Return the keys that the other does not hold."""
        left = self.counts.copy()
        first = max(self.low, other.low)
        last = min(self.low + len(self.counts), other.low + len(other.counts))
        if first < last:
            theirs = other.counts[first - other.low : last - other.low]
            left[first - self.low : last - self.low][theirs > 0] = 0
        return KeySet(self.low, left, int(left.sum(dtype=np.int64)), self.empty)

    def _above(self, rows: int) -> Iterator[int]:
        for start in range(0, len(self.counts), _BATCH_ROWS):
            places = np.flatnonzero(self.counts[start : start + _BATCH_ROWS] > rows)
            yield from (self.low + start + int(place) for place in places)


def read_keys(engine: Engine, column: KeyColumn, *, repeats: bool) -> KeySet | None:
    """Read a column's keys; with `repeats`, count the rows of each, else note that it is there.

    Returns None where a byte for each is too much or too little, or where the column is no whole
    number. Raises the engine's errors.
    """
    bounds = _bounds(engine, column)
    if bounds is None:
        return None
    low, span = bounds
    counts = np.zeros(span, np.uint8)
    query = exp.select(column.field).from_(column.table)
    if column.where is not None:
        query = query.where(column.where.copy())
    rows = empty = 0
    for batch in engine.stream(query, _BATCH_ROWS):
        keys = batch.column(0)
        places = _places(keys, low, span)
        if places is None:
            return None
        if repeats:
            np.add.at(counts, places, np.uint8(1))
        else:
            counts[places] = 1
        rows, empty = rows + len(places), empty + keys.null_count
    if repeats and counts.sum(dtype=np.int64) != rows:
        return None  # a byte ran over: more than 255 rows have one key
    return KeySet(low, counts, rows, empty)


def _bounds(engine: Engine, column: KeyColumn) -> tuple[int, int] | None:
    """Return the lowest key and how many numbers there are up to the highest."""
    key = exp.column(column.field)
    asked = exp.select(
        exp.Min(this=key).as_("low"),
        exp.Max(this=key.copy()).as_("high"),
        exp.Count(this=exp.Star()).as_("n"),
    )
    told: dict[str, Any] = engine.records(asked.from_(column.table))[0]
    low, high, rows = told["low"], told["high"], told["n"]
    if low is None:
        return 0, 0
    span = high - low + 1
    fits = span <= min(_MOST_BYTES, _BYTES_PER_ROW * rows + _BYTES_ANYWAY)
    return (low, span) if fits else None


def _places(keys: pa.Array, low: int, span: int) -> NDArray[np.int64] | None:
    """Return each key's place; None where one is outside, as in a table being written to."""
    if not pa.types.is_integer(keys.type) or pa.types.is_uint64(keys.type):
        return None
    there = keys.drop_null() if keys.null_count else keys
    places = np.subtract(there.to_numpy(), low, dtype=np.int64)
    inside = not len(places) or places.view(np.uint64).max() < span  # below zero is far above
    return places if inside else None
