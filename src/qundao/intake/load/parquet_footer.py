"""The footers of Parquet files, moved and joined: row groups are put into one file as they lie.

A footer is a structure of Thrift's compact protocol, and tells where in the file each column of
each row group begins. It is read whatever its fields mean; only the places of columns and the
number of rows are changed.

Sources: apache/thrift doc/specs/thrift-compact-protocol.md; apache/parquet-format
src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAGIC = b"PAR1"
_TAIL = 8
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I64, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = (
    *(0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12),
)
_TRUTHS = (_TRUE, _FALSE)
_DOUBLE_BYTES, _LONG_LIST = 8, 15

# FileMetaData, RowGroup, ColumnChunk and ColumnMetaData of parquet.thrift
_NUM_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_PLACE, _ORDINAL = 1, 5, 7
_CHUNK_PLACES, _META_DATA = (2, 4, 6), 3
_PAGE_PLACES = (9, 10, 11, 14)

Struct = dict[int, tuple[int, Any]]
"""A structure: by number, each field's type and value. A list is a pair (type, values)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file in parts: the bytes of its row groups, which began at 4, and its footer."""

    body: memoryview
    footer: bytes


def part(file: memoryview) -> Part:
    """Take a Parquet file to parts."""
    length = int.from_bytes(file[-_TAIL:-4], "little")
    end = len(file) - _TAIL - length
    return Part(file[len(MAGIC) : end], bytes(file[end:-_TAIL]))


def joined(footers: Sequence[tuple[bytes, int]]) -> bytes:
    """Return the end of a file of parts, each given by its footer and where its bytes begin.

    All parts have the same columns.
    """
    whole: Struct = {}
    groups: list[Struct] = []
    rows = 0
    for footer, begin in footers:
        own = _read_struct(_Bytes(footer))
        rows += own[_NUM_ROWS][1]
        groups += [_moved(group, begin - len(MAGIC)) for group in own[_ROW_GROUPS][1][1]]
        whole = whole or own
    whole[_NUM_ROWS] = (_I64, rows)
    whole[_ROW_GROUPS] = (_LIST, (_STRUCT, groups))
    told = bytearray()
    _write_struct(told, whole)
    return bytes(told) + len(told).to_bytes(4, "little") + MAGIC


def _moved(group: Struct, by: int) -> Struct:
    """Return a row group that lies so many bytes farther on."""
    _move(group, (_GROUP_PLACE,), by)
    group.pop(_ORDINAL, None)  # optional, and another one now
    for column in group[_COLUMNS][1][1]:
        _move(column, _CHUNK_PLACES, by)
        _move(column[_META_DATA][1], _PAGE_PLACES, by)
    return group


def _move(struct: Struct, fields: Sequence[int], by: int) -> None:
    """Move places; 0 stands for none."""
    for number in fields:
        if number in struct and struct[number][1]:
            struct[number] = (_I64, struct[number][1] + by)


class _Bytes:
    """Bytes that are read one after the other."""

    def __init__(self, held: bytes) -> None:
        self._held, self._at = held, 0

    def take(self, count: int) -> bytes:
        """Return so many bytes."""
        self._at += count
        return self._held[self._at - count : self._at]

    def byte(self) -> int:
        """Return one byte."""
        self._at += 1
        return self._held[self._at - 1]

    def varint(self) -> int:
        """Return a whole number, seven bits to a byte."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self) -> int:
        """Return a whole number with its sign in its last bit."""
        value = self.varint()
        return (value >> 1) ^ -(value & 1)


def _read_struct(held: _Bytes) -> Struct:
    found: Struct = {}
    number = 0
    while head := held.byte():
        type_ = head & 0x0F
        number = number + (head >> 4) if head >> 4 else held.signed()
        found[number] = (type_, type_ if type_ in _TRUTHS else _read(held, type_))
    return found


def _read(held: _Bytes, type_: int) -> Any:
    if type_ in (_BYTE, *_TRUTHS):
        return held.byte()
    if _I16 <= type_ <= _I64:
        return held.signed()
    if type_ == _DOUBLE:
        return held.take(_DOUBLE_BYTES)
    if type_ == _BINARY:
        return held.take(held.varint())
    if type_ in (_LIST, _SET):
        head = held.byte()
        count = head >> 4 if head >> 4 < _LONG_LIST else held.varint()
        return head & 0x0F, [_read(held, head & 0x0F) for _ in range(count)]
    if type_ == _STRUCT:
        return _read_struct(held)
    raise ValueError(f"a type of the footer's fields is required, received {type_}")


def _write_struct(told: bytearray, struct: Struct) -> None:
    last = 0
    for number in sorted(struct):
        type_, value = struct[number]
        if 0 < number - last < _LONG_LIST + 1:
            told.append((number - last) << 4 | type_)
        else:
            told.append(type_)
            _write_signed(told, number)
        if type_ not in _TRUTHS:
            _write(told, type_, value)
        last = number
    told.append(_STOP)


def _write(told: bytearray, type_: int, value: Any) -> None:
    if type_ in (_BYTE, *_TRUTHS):
        told.append(value)
    elif _I16 <= type_ <= _I64:
        _write_signed(told, value)
    elif type_ == _STRUCT:
        _write_struct(told, value)
    elif type_ in (_LIST, _SET):
        inner, values = value
        told.append(min(len(values), _LONG_LIST) << 4 | inner)
        if len(values) >= _LONG_LIST:
            _write_varint(told, len(values))
        for one in values:
            _write(told, inner, one)
    else:
        if type_ == _BINARY:
            _write_varint(told, len(value))
        told += value


def _write_signed(told: bytearray, value: int) -> None:
    _write_varint(told, (value << 1) ^ (value >> 63))


def _write_varint(told: bytearray, value: int) -> None:
    while value >= 0x80:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    told.append(value)
