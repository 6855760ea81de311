"""Character values of fixed width: trailing blanks removed, decoded, empty ones null."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.readers.xpt_numbers import Flags

Block = npt.NDArray[np.uint8]

ENCODINGS = ("utf-8", "gb18030", "latin-1")
"""Tried in this order; the first in which every value of the file can be read is taken."""


def trimmed(field: Block) -> pa.Array:
    """Return a text array (bytes not yet looked at) without trailing blanks; empty ones are null.

    field: (rows, width) bytes.
    """
    rows, width = field.shape
    packed = pa.py_buffer(np.ascontiguousarray(field))
    fixed = pa.Array.from_buffers(pa.binary(width), rows, [None, packed]).cast(pa.binary())
    text = pa.Array.from_buffers(pa.string(), rows, fixed.buffers())
    short = pc.ascii_rtrim(text, characters=" \0")
    filled = pc.binary_length(short).to_numpy(zero_copy_only=False) > 0
    present = pa.py_buffer(np.packbits(filled, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), rows, [present, *short.buffers()[1:]])


def decoded(field: Block, encoding: str) -> tuple[pa.Array, Flags]:
    """Return a field's texts, and which of them cannot be read (they are null).

    encoding: empty for a field that is known to be ASCII.
    """
    text = trimmed(field)
    none = np.zeros(len(text), bool)
    if not encoding:
        return text, none
    coded = text.cast(pa.binary()).dictionary_encode()
    read = [_decode(value, encoding) for value in coded.dictionary.to_pylist()]
    texts = pa.array(read, pa.string()).take(coded.indices)
    bad = pc.and_(pc.is_null(texts), pc.is_valid(text)).to_numpy(zero_copy_only=False)
    return texts, bad


def _decode(value: bytes, encoding: str) -> str | None:
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None


def still_possible(encodings: Iterable[str], values: Iterable[bytes]) -> tuple[str, ...]:
    """Return the encodings in which all values can be read.

    A character cut in half at a value's end, which fixed widths make, speaks against none.
    """
    held = tuple(values)
    return tuple(e for e in encodings if all(_readable(v, e) for v in held))


def _readable(value: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(value)
    except UnicodeDecodeError:
        return False
    return True
