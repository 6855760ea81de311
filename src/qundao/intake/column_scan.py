"""Takes in one column batch by batch and holds what its profile needs, in bounded memory."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.date_forms import DATES, MOMENTS, SERIAL_DAY, SERIAL_MOMENT, UNMISTAKEN
from qundao.intake.meaning_values import INSIDE, NUMBER
from qundao.intake.shapes import count_shapes
from qundao.intake.sketch import Counts, Distinct, Frequent, Hashes, Quantiles, Sample, hash_texts

LOOKED_AT = 500
"""Signs of a value that are looked at; its length is told whole."""

_NUMBER = f"^(?:{NUMBER})$"
_INTEGER = r"^[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)$"
_LARGEST = 1e200
"""A number beyond is a run of digits, or a mistake: nothing is reckoned with it."""

_NO_HASH = np.uint64(0)
_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_YEARS = (1850, 2150)


@dataclass(slots=True)
class Numbers:
    """Numbers of a column: how many rows, bounds, sum, and a sample for quantiles."""

    rows: int = 0
    whole: int = 0
    low: float = np.inf
    high: float = -np.inf
    total: float = 0.0
    sample: Quantiles = field(default_factory=Quantiles)


@dataclass(slots=True)
class Days:
    """Dates of a column: rows by written form, days that do not exist, the first and the last."""

    forms: Counter[str] = field(default_factory=Counter)
    impossible: int = 0
    serial_days: int = 0
    serial_moments: int = 0
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None


class ColumnScan:
    """What is known of one column so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = self.null = self.blank = 0
        self.shortest: int | None = None
        self.longest = self.holding_identifiers = 0
        self.reasons: Counter[str] = Counter()
        self.distinct, self.frequent, self.sample = Distinct(), Frequent(), Sample()
        self.shapes, self.numbers, self.days = Frequent(), Numbers(), Days()

    @property
    def told(self) -> int:
        """Return the rows with a value that is neither null nor blank."""
        return self.rows - self.null - self.blank

    def add(self, column: pa.Array) -> Hashes:
        """Take in a batch; return a hash for each row, the same for equal values."""
        written = _text(column)
        coded = pc.utf8_slice_codeunits(written, 0, LOOKED_AT).dictionary_encode()
        which = np.asarray(pc.fill_null(coded.indices, len(coded.dictionary)))
        counts = np.bincount(which, minlength=len(coded.dictionary) + 1)[:-1].astype(np.int64)
        texts = pc.utf8_trim_whitespace(coded.dictionary)
        hashes = hash_texts(texts)
        self.rows += len(column)
        self.null += column.null_count
        self._look(texts, hashes, counts)
        self._measure(written)
        of_row: Hashes = np.append(hashes, _NO_HASH)[which]
        return of_row

    def add_reasons(self, column: pa.Array) -> None:
        """Take in why values are missing."""
        for told in pc.value_counts(column.drop_null()).to_pylist():
            self.reasons[told["values"]] += told["counts"]

    def _look(self, texts: pa.StringArray, hashes: Hashes, counts: Counts) -> None:
        told = np.asarray(pc.not_equal(texts, ""))
        self.blank += int(counts[~told].sum())
        texts, hashes, counts = texts.filter(pa.array(told)), hashes[told], counts[told]
        if not len(texts):
            return
        self.distinct.add(hashes, counts)
        self.frequent.add(texts, counts)
        self.sample.add(hashes, texts)
        count_shapes(texts, counts, self.shapes)
        digits = np.asarray(pc.match_substring_regex(texts, r"\d|[０-９]"))
        if digits.any():
            self._look_at_digits(texts.filter(pa.array(digits)), counts[digits])

    def _look_at_digits(self, texts: pa.StringArray, counts: Counts) -> None:
        plain = pc.utf8_normalize(texts, form="NFKC")
        self.holding_identifiers += int(counts[_like(plain, INSIDE)].sum())
        _add_numbers(self.numbers, plain, counts)
        _add_days(self.days, plain, counts)

    def _measure(self, texts: pa.StringArray) -> None:
        lengths = pc.min_max(pc.utf8_length(texts)).as_py()
        if lengths["min"] is not None:
            low, high = lengths["min"], lengths["max"]
            self.shortest = low if self.shortest is None else min(self.shortest, low)
            self.longest = max(self.longest, high)


def _text(column: pa.Array) -> pa.StringArray:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.array([_written(v) for v in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _written(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _like(texts: pa.StringArray, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern))


def _add_numbers(numbers: Numbers, texts: pa.StringArray, counts: Counts) -> None:
    fitting = _like(texts, _NUMBER)
    if not fitting.any():
        return
    own, rows = texts.filter(pa.array(fitting)), counts[fitting]
    values = np.asarray(pc.replace_substring_regex(own, "^[+]|,", "").cast(pa.float64()))
    measured = np.abs(values) < _LARGEST
    if not measured.any():
        return
    own, rows, values = own.filter(pa.array(measured)), rows[measured], values[measured]
    numbers.rows += int(rows.sum())
    numbers.whole += int(rows[_like(own, _INTEGER)].sum())
    numbers.low = min(numbers.low, float(values.min()))
    numbers.high = max(numbers.high, float(values.max()))
    numbers.total += float((values * rows).sum())
    numbers.sample.add(values, rows)


def _add_days(days: Days, texts: pa.StringArray, counts: Counts) -> None:
    days.serial_days += int(counts[_like(texts, SERIAL_DAY)].sum())
    days.serial_moments += int(counts[_like(texts, SERIAL_MOMENT)].sum())
    beginning = _like(texts, "^[0-9]{4}([-/.年]|[0-9]{4})")
    if not beginning.any():
        return
    texts, counts = texts.filter(pa.array(beginning)), counts[beginning]
    for form, pattern in {**DATES, **MOMENTS}.items():
        found = _like(texts, pattern)
        if found.any():
            _add_form(days, form, texts.filter(pa.array(found)), counts[found])


def _add_form(days: Days, form: str, texts: pa.StringArray, counts: Counts) -> None:
    parts = pc.extract_regex(texts, {**DATES, **MOMENTS}[form])
    y, m, d = (np.asarray(parts.field(g).cast(pa.int32())) for g in ("y", "m", "d"))
    good = _existing(y, m, d)
    days.forms[form] += int(counts[good].sum())
    if form in UNMISTAKEN:
        days.impossible += int(counts[~good].sum())
    if good.any():
        months = (y[good].astype("datetime64[Y]") - 1970).astype("datetime64[M]") + (m[good] - 1)
        found = months.astype("datetime64[D]") + (d[good] - 1)
        days.first = min(x for x in (days.first, found.min()) if x is not None)
        days.last = max(x for x in (days.last, found.max()) if x is not None)


def _existing(
    y: npt.NDArray[np.int32], m: npt.NDArray[np.int32], d: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    right = (y >= _YEARS[0]) & (y <= _YEARS[1]) & (m >= 1) & (m <= 12) & (d >= 1)
    leap = (y % 4 == 0) & ((y % 100 != 0) | (y % 400 == 0))
    longest = _DAYS[np.clip(m, 1, 12) - 1] - ((m == 2) & ~leap)
    return np.asarray(right & (d <= longest))
