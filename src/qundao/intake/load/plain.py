"""Text as a mapping reads it: without blanks around it, and what is empty is nothing.

Almost no value of an export has blanks around it. Whether one might is seen by its first and last
byte; only a column that holds one that might is gone through value by value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.mapping.written import BLANKS

_BLANK_BYTES = [sign.encode("utf-8") for sign in BLANKS]
_HIGHEST = max(sign[0] for sign in _BLANK_BYTES if len(sign) == 1)
_LOWEST_FOREIGN = 0x80
_Bytes = npt.NDArray[np.uint8]
_Truths = npt.NDArray[np.bool_]


def _begins_and_ends() -> tuple[_Truths, _Truths]:
    """Return the bytes that a blank may begin with, and those that it may end with."""
    first, last = np.zeros(256, bool), np.zeros(256, bool)
    first[[sign[0] for sign in _BLANK_BYTES]] = True
    last[[sign[-1] for sign in _BLANK_BYTES]] = True
    return first, last


_FIRST, _LAST = _begins_and_ends()


def plain(column: pa.Array) -> pa.Array:
    """Return a column of text without blanks around its values, empty ones as null."""
    if not pa.types.is_string(column.type) or not len(column):
        return column
    offsets, data = _parts(column)
    starts, ends = offsets[:-1], offsets[1:]
    filled = ends > starts
    all_filled = bool(filled.all())
    if not all_filled:
        starts, ends = starts[filled], ends[filled]
    held = data[offsets[0] : offsets[-1]]
    if _has_blank_bytes(held) and _may_have_blanks(data, starts, ends - 1):
        trimmed = pc.utf8_trim(column, characters=BLANKS)
        return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    return column if all_filled else _without_empty(column, filled)


def _parts(column: pa.Array) -> tuple[npt.NDArray[np.int32], _Bytes]:
    _, offsets, data = column.buffers()
    held = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return held, np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)


def _has_blank_bytes(data: _Bytes) -> bool:
    """Tell whether any byte may be of a blank: those of other signs lie between two bounds."""
    return bool(len(data) and (data.min() <= _HIGHEST or data.max() >= _LOWEST_FOREIGN))


def _may_have_blanks(
    data: _Bytes, first: npt.NDArray[np.int32], last: npt.NDArray[np.int32]
) -> bool:
    begin = first[_FIRST[data[first]]]
    end = last[_LAST[data[last]]]
    return any(
        _is_at(data, begin, sign) or _is_at(data, end - len(sign) + 1, sign)
        for sign in _BLANK_BYTES
    )


def _is_at(data: _Bytes, places: npt.NDArray[np.int32], sign: bytes) -> bool:
    """Tell whether a sign stands at one of the places. A place outside is none."""
    if not len(places):
        return False
    inside = places[(places >= 0) & (places + len(sign) <= len(data))]
    same = np.ones(len(inside), bool)
    for i, byte in enumerate(sign):
        same &= data[inside + i] == byte
    return bool(same.any())


def _without_empty(column: pa.Array, filled: _Truths) -> pa.Array:
    """Return the column with null for what is empty, its text left where it lies."""
    _, offsets, data = column.buffers()
    valid = pa.py_buffer(np.packbits(filled, bitorder="little").tobytes())
    if column.offset:
        own = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
        offsets = pa.py_buffer(own.tobytes())
    return pa.Array.from_buffers(pa.string(), len(column), [valid, offsets, data])
