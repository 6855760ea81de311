"""Dates as small integers, and a person with a day as one integer that sorts.

A day's code is its distance from 1970-01-01 plus a constant, so that every code is positive; an
absent date has the highest code and sorts last, as nulls do in the compiled queries. A key is the
person's number, shifted, with the code in the low bits: rows of one person and some days are one
stretch of the sorted keys.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qundao.query.sweep.fitness import UnfitError

Days = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BITS = 23
"""A code takes 23 bits: 11,484 years to either side of 1970."""
NO_DAY = (1 << BITS) - 1
_ZERO = 1 << (BITS - 1)
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST, _LAST = (d.toordinal() - _EPOCH + _ZERO for d in (date.min, date.max))


def codes(days: pa.ChunkedArray | pa.Array) -> Days:
    """Return the codes of dates. Raises UnfitError for one outside of the years 1 to 9999."""
    plain = days.cast(pa.date32()).cast(pa.int32())
    absent = plain.is_null().to_numpy() if plain.null_count else None
    found = plain.fill_null(0).to_numpy().astype(np.int64) + _ZERO
    if len(found) and not (found.min() >= _FIRST and found.max() <= _LAST):
        raise UnfitError("a date outside of the years 1 to 9999")
    coded: Days = found.astype(np.int32)
    if absent is not None:
        coded[absent] = NO_DAY
    return coded


def code(day: date) -> int:
    """Return the code of one date."""
    return day.toordinal() - _EPOCH + _ZERO


def dates(coded: Days) -> pa.Array:
    """Return codes as dates; none may be absent."""
    return pa.array(coded.astype(np.int32) - np.int32(_ZERO), pa.int32()).cast(pa.date32())


def moved(coded: Days, days: int) -> Days:
    """Return codes some days later; absent dates stay absent."""
    if days == 0:
        return coded
    later = np.clip(coded + np.int32(days), 0, NO_DAY - 1)
    return np.where(coded == NO_DAY, np.int32(NO_DAY), later).astype(np.int32)


def backwards(coded: Days) -> Days:
    """Return numbers that sort the other way round, absent dates still last."""
    return np.where(coded == NO_DAY, np.int32(NO_DAY), np.int32(NO_DAY - 1) - coded)


def years(coded: Days) -> npt.NDArray[np.int64]:
    """Return calendar years; of absent dates some number."""
    days = (coded.astype(np.int64) - _ZERO).astype("datetime64[D]")
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def keys(person: npt.NDArray[np.int32], coded: Days) -> Keys:
    """Return person and day as one number each."""
    return (person.astype(np.int64) << BITS) | coded
