"""Counts over a column in bounded memory: distinct values, frequent ones, samples, quantiles.

Distinct values: k minimum values (Bar-Yossef et al. 2002; Beyer et al. 2007), exact up to k. A
value among the k smallest hashes was there from its first row on, so its count is exact, which
tells how many values come once; the overlap of two columns is measured on the hashes below both
columns' largest. Frequent values: Misra and Gries (1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

K = 8192
"""Hashes kept for a column: up to so many distinct values are counted exactly; error 1% beyond."""

_SPACE = 2.0**64
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def hash_texts(texts: pa.StringArray) -> Hashes:
    """Return a 64-bit hash of each text (a polynomial over its bytes, then splitmix64's mixing).

    The same on every machine and in every run. `texts` holds no nulls.
    """
    data, offsets = bytes_of(texts)
    lengths = np.diff(offsets)
    within = np.arange(len(data)) - np.repeat(offsets[:-1], lengths)
    powers = np.full(int(lengths.max(initial=0)) + 1, _BASE)
    with np.errstate(over="ignore"):
        powers = np.cumprod(powers, dtype=np.uint64)
        terms = (data.astype(np.uint64) + np.uint64(1)) * powers[within]
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
        return mixed(sums[offsets[1:]] - sums[offsets[:-1]] + lengths.astype(np.uint64))


def mixed(hashes: Hashes) -> Hashes:
    """Return the hashes with all bits depending on all (splitmix64's finaliser)."""
    with np.errstate(over="ignore"):
        hashes = (hashes ^ (hashes >> _SHIFTS[0])) * _MIX[0]
        hashes = (hashes ^ (hashes >> _SHIFTS[1])) * _MIX[1]
    return hashes ^ (hashes >> _SHIFTS[2])


def bytes_of(texts: pa.StringArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the bytes of all texts and where each begins and ends among them."""
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, places, data = texts.buffers()
    offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return held[offsets[0] : offsets[-1]], (offsets - offsets[0]).astype(np.int64)


class Distinct:
    """The k smallest hashes of a column, each with the rows that hold it."""

    def __init__(self, k: int = K) -> None:
        self._k = k
        self.hashes: Hashes = np.zeros(0, np.uint64)
        self.counts: Counts = np.zeros(0, np.int64)
        self.rows = 0
        self._full = False

    def add(self, hashes: Hashes, counts: Counts) -> None:
        """Take in values by their hashes; a hash may come more than once."""
        self.rows += int(counts.sum())
        if self._full:
            near = hashes <= self.hashes[-1]
            hashes, counts = hashes[near], counts[near]
        every = np.concatenate([self.hashes, hashes])
        found, which = np.unique(every, return_inverse=True)
        rows = np.zeros(len(found), np.int64)
        np.add.at(rows, which, np.concatenate([self.counts, counts]))
        self._full = self._full or len(found) > self._k
        self.hashes, self.counts = found[: self._k], rows[: self._k]

    @property
    def exact(self) -> bool:
        """Tell whether every distinct value is held."""
        return not self._full

    @property
    def threshold(self) -> int:
        """Return the hash up to which every value is held."""
        return int(self.hashes[-1]) if self._full else 2**64 - 1

    def estimate(self) -> int:
        """Return the number of distinct values: exact up to k, within about 1% beyond.

        Where values have about as many rows each, rows over the mean rows of a kept value tell
        more than the hashes do: exactly, where all have the same.
        """
        if self.exact:
            return len(self.hashes)
        if self.counts.std() < self.counts.mean():
            return round(self.rows / float(self.counts.mean()))
        return round((self._k - 1) / (float(self.hashes[-1]) / _SPACE))

    def repeated(self) -> float:
        """Return the share of rows that repeat an earlier one, exact up to k distinct values."""
        rows = int(self.counts.sum())
        return 1 - len(self.counts) / rows if rows else 0.0

    def once(self) -> float:
        """Return the share of distinct values that one row alone holds."""
        return float((self.counts == 1).mean()) if len(self.counts) else 0.0


@dataclass(frozen=True, slots=True)
class Containment:
    """How much of one column stands in another: shares of its values and of its rows.

    `looked_at` are the distinct values on which this was measured.
    """

    values: float
    rows: float
    looked_at: int


def containment(inner: Distinct, outer: Distinct, most: int = K) -> Containment:
    """Return how much of `inner` is in `outer`, on at most `most` hashes that both would hold."""
    bound = np.uint64(min(inner.threshold, outer.threshold))
    own = min(int(np.searchsorted(inner.hashes, bound, side="right")), most)
    hashes, counts = inner.hashes[:own], inner.counts[:own]
    if not len(hashes) or not len(outer.hashes):
        return Containment(0.0, 0.0, 0)
    at = np.searchsorted(outer.hashes, hashes)
    there = outer.hashes[np.minimum(at, len(outer.hashes) - 1)] == hashes
    return Containment(float(there.mean()), float(counts[there].sum() / counts.sum()), len(hashes))


class Sample:
    """Some distinct values, chosen by their hashes: the same in whatever order rows come."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._held: dict[int, str] = {}

    def add(self, hashes: Hashes, texts: pa.StringArray) -> None:
        """Take in distinct values."""
        nearest = _smallest(hashes, self._most)
        chosen = texts.take(pa.array(nearest)).to_pylist()
        self._held |= zip(hashes[nearest].tolist(), chosen, strict=True)
        self._held = dict(sorted(self._held.items())[: self._most])

    def values(self) -> list[str]:
        """Return the sampled values."""
        return list(self._held.values())


def _smallest(values: npt.NDArray[Any], most: int) -> npt.NDArray[np.int64]:
    if len(values) <= most:
        return np.arange(len(values))
    return np.argpartition(values, most)[:most].astype(np.int64)


class Frequent:
    """The frequent values of a column, with counts that are at most `error` too small."""

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._counts: dict[str, int] = {}
        self.error = 0

    def add(self, texts: pa.StringArray, counts: Counts) -> None:
        """Take in distinct values with the rows that hold each."""
        chosen = _smallest(-counts, self._most)
        if len(counts) > self._most:
            self.error += int(np.delete(counts, chosen).max())
        values = texts.take(pa.array(chosen)).to_pylist()
        for text, rows in zip(values, counts[chosen].tolist(), strict=True):
            self._counts[text] = self._counts.get(text, 0) + rows
        if len(self._counts) > self._most:
            ranked = sorted(self._counts.values(), reverse=True)
            cut = ranked[self._most]
            self.error += cut
            self._counts = {t: n - cut for t, n in self._counts.items() if n > cut}

    def top(self, most: int, least: int = 1) -> list[tuple[str, int]]:
        """Return the most frequent values that at least `least` rows hold, with their counts."""
        ranked = sorted(self._counts.items(), key=lambda v: (-v[1], v[0]))
        return [(t, n) for t, n in ranked[:most] if n >= least]


class Quantiles:
    """Quantiles of numbers from a sample of rows, drawn by lots that are the same in every run."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._random = np.random.default_rng(0)
        self._lots = np.zeros(0)
        self._values = np.zeros(0)

    def add(self, values: npt.NDArray[np.float64], counts: Counts) -> None:
        """Take in numbers with the rows that hold each."""
        # The least of n uniform lots: what the value's luckiest row draws. A value that many rows
        # hold is taken as often as its rows, up to the room there is.
        repeated = np.repeat(values, np.minimum(counts, self._most))
        lots = np.concatenate([self._lots, self._random.random(len(repeated))])
        every = np.concatenate([self._values, repeated])
        kept = _smallest(lots, self._most)
        self._lots, self._values = lots[kept], every[kept]

    def at(self, shares: Sequence[float]) -> list[float]:
        """Return the quantiles, empty where there are no numbers."""
        return [float(q) for q in np.quantile(self._values, shares)] if len(self._values) else []
