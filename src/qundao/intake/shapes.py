"""The shape of a value: 9 a digit, A a capital, a a small letter, 文 a Chinese sign.

A full-width sign shows as 全, any other sign beyond ASCII as ※; punctuation stays. A shape tells
how values are written and gives none away.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qundao.intake.sketch import Counts, Frequent, bytes_of

LONGEST = 40
"""Signs of a shape that are told; a longer one ends in …."""

_OTHER, _HAN, _WIDE, _NOT = 1, 2, 3, 255
_SHOWN = str.maketrans({_OTHER: "※", _HAN: "文", _WIDE: "全"})


def _signs() -> npt.NDArray[np.uint8]:
    """Return what stands for each byte of UTF-8; the second and later bytes of a sign vanish."""
    signs = np.arange(256, dtype=np.uint8)
    signs[:32] = ord(" ")
    signs[127] = ord(" ")
    for first, last, sign in (("0", "9", "9"), ("A", "Z", "A"), ("a", "z", "a")):
        signs[ord(first) : ord(last) + 1] = ord(sign)
    signs[0x80:0xC0] = _NOT
    signs[0xC0:] = _OTHER
    signs[0xE4:0xEA] = _HAN  # U+4000 to U+9FFF
    signs[0xEF] = _WIDE  # U+F000 to U+FFFF, where the full-width forms are
    return signs


_SIGNS = _signs()


def shapes_of(texts: pa.StringArray) -> pa.StringArray:
    """Return the shape of each text, in signs that `shown` makes readable. No nulls."""
    data, offsets = bytes_of(texts)
    signs = _SIGNS[data]
    kept = signs != _NOT
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    places = before[offsets].astype(np.int32)
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(places.tobytes()), pa.py_buffer(signs[kept].tobytes())
    )


def shown(shape: str) -> str:
    """Return a shape as people read it, cut to `LONGEST` signs."""
    cut = shape if len(shape) <= LONGEST else shape[:LONGEST] + "…"
    return cut.translate(_SHOWN)


def count_shapes(texts: pa.StringArray, counts: Counts, into: Frequent) -> None:
    """Count the shapes of distinct texts, each weighed by the rows that hold it."""
    if not len(texts):
        return
    coded = shapes_of(texts).dictionary_encode()
    rows = np.bincount(np.asarray(coded.indices), weights=counts).astype(np.int64)
    into.add(coded.dictionary, rows)
