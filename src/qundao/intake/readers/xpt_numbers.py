"""IBM System/370 double precision, as SAS transport files keep numbers, to IEEE 754 and back.

An IBM double is a sign, an exponent of 16 (7 bits, excess 64) and a fraction of 56 bits, whose
first hexadecimal digit is not zero: s * fraction/2**56 * 16**(exponent - 64).

The law: each IEEE double x with 16**-65 <= |x| < 16**63, and zero of either sign, has one IBM
double that reads back as x, bit for bit (53 bits fit into 56 less the at most 3 leading zeros).
Other finite doubles have none. An IBM double with more than 53 significant bits, which no IEEE
program writes, is rounded to the nearest IEEE double, ties to even.

Source: SAS Technical Support TS-140, "Numeric data fields".
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Words64: TypeAlias = npt.NDArray[np.uint64]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Flags: TypeAlias = npt.NDArray[np.bool_]

SMALLEST = 16.0**-65
BEYOND = 16.0**63
MISSING = {".": 0x2E, "._": 0x5F, **{f".{chr(c)}": c for c in range(0x41, 0x5B)}}
"""SAS's missing values by the first byte that stands for each; all other bytes are zero."""
PLAIN_MISSING = MISSING["."]

_FRACTION = np.uint64(0x00FF_FFFF_FFFF_FFFF)
_TOP, _BYTES = np.uint64(56), np.uint64(256)
_SCALES = np.array([(-1.0) ** (b >> 7) * 2.0 ** (4 * ((b & 127) - 64) - 56) for b in range(256)])
_IS_MISSING = np.isin(np.arange(256), list(MISSING.values()))


def from_ibm(words: Words64) -> tuple[Floats, Bytes]:
    """Return the numbers, and for each the byte of its missing value, zero where it is a number.

    words: (n,) IBM doubles in the machine's own byte order. A missing value's number is NaN.
    """
    first = (words >> _TOP).astype(np.uint8)
    fraction = words & _FRACTION
    values: Floats = fraction.view(np.int64) * _SCALES[first]
    missing = np.zeros(len(words), np.uint8)
    bare = np.flatnonzero(fraction == 0)  # zeros and missing values
    none = bare[_IS_MISSING[first[bare]]]
    values[none], missing[none] = np.nan, first[none]
    return values, missing


def special_missing(words: Words64) -> bool:
    """Say whether there is a missing value other than the plain one (`._`, `.A` to `.Z`).

    words: (n,) the eight bytes of each IBM double as they lie, as numbers whose first byte is the
    lowest: where all others are zero, the number is below 256.
    """
    first = words[words < _BYTES].astype(np.uint8)
    return bool((_IS_MISSING[first] & (first != PLAIN_MISSING)).any())


def representable(values: Floats) -> Flags:
    """Say of each number whether an IBM double holds it exactly."""
    size = np.abs(values)
    fits: Flags = (size == 0) | ((size >= SMALLEST) & (size < BEYOND))
    return fits


def to_ibm(values: Floats) -> Words64:
    """Return the IBM doubles of `representable` numbers, in the machine's own byte order."""
    mantissa, exponent = np.frexp(values)
    sixteens = -(-exponent // 4)
    fraction = np.ldexp(np.abs(mantissa), 56 - (4 * sixteens - exponent)).astype(np.uint64)
    biased = np.where(values == 0, 0, sixteens + 64).astype(np.uint64)
    sign = np.signbit(values).astype(np.uint64)
    words: Words64 = (sign << np.uint64(63)) | (biased << _TOP) | fraction
    return words
