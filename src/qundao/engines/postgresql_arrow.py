"""PostgreSQL's rows as Arrow: which type becomes which, and dates that Python cannot hold."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from qundao.engines.codes import QUERY_FAILED
from qundao.kernel.errors import fail

_DAYS_TO_2000 = 10_957
_MICROSECONDS_TO_2000 = _DAYS_TO_2000 * 86_400_000_000
_INFINITE_DAYS = (2**31 - 1, -(2**31))
_INFINITE_TIMES = (2**63 - 1, -(2**63))
_NUMERIC, _PADDED = 1700, 1042
_MOST_DIGITS = 38
_INT64_DIGITS = 18

_TYPES = {
    16: pa.bool_(),
    18: pa.string(),
    19: pa.string(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    26: pa.int64(),
    700: pa.float32(),
    701: pa.float64(),
    705: pa.string(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
"""Arrow types by PostgreSQL's object ids, which never change (`pg_type.dat`)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A result's columns: names, Arrow types, and which are text padded with blanks."""

    schema: pa.Schema
    padded: frozenset[int]

    def batch(self, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
        """Return rows as a batch. Raises `engines.query_failed` for what Arrow cannot hold."""
        columns = list(zip(*rows, strict=True)) or [()] * len(self.schema)
        try:
            arrays = [_array(v, f.type) for v, f in zip(columns, self.schema, strict=True)]
        except (pa.ArrowException, ArithmeticError, ValueError) as error:
            raise fail(QUERY_FAILED, type(error).__name__) from error
        trimmed = [pc.utf8_rtrim(a, " ") if i in self.padded else a for i, a in enumerate(arrays)]
        return pa.RecordBatch.from_arrays(trimmed, schema=self.schema)


def shape_of(description: Sequence[psycopg.Column]) -> Shape:
    """Return the shape of a result all of whose types are known (`unknown_columns` is empty)."""
    fields = [pa.field(c.name, _type(c)) for c in description]
    padded = frozenset(i for i, c in enumerate(description) if c.type_code == _PADDED)
    return Shape(pa.schema(fields), padded)


def unknown_columns(description: Sequence[psycopg.Column]) -> Iterator[str]:
    """Yield the columns whose type has no Arrow type here; they are to be asked for as text."""
    return (c.name for c in description if c.type_code not in (*_TYPES, _NUMERIC))


def teach(connection: psycopg.Connection[Any]) -> None:
    """Make the connection load dates and times as numbers: Python's end at the year 9999."""
    for name, loader in (("date", _Days), ("timestamp", _Times), ("timestamptz", _Times)):
        connection.adapters.register_loader(name, loader)


def _type(column: psycopg.Column) -> pa.DataType:
    """Return the type; NUMERIC is whole or decimal where it is declared so, else a double."""
    if column.type_code != _NUMERIC:
        return _TYPES[column.type_code]
    digits, scale = column.precision, column.scale
    if not digits or digits > _MOST_DIGITS or scale is None or not 0 <= scale <= digits:
        return pa.float64()
    return pa.int64() if scale == 0 and digits <= _INT64_DIGITS else pa.decimal128(digits, scale)


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_date32(type_):
        return pa.array(values, pa.int32()).cast(type_)
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.int64()).cast(type_)
    return pa.array([_plain(v, type_) for v in values], type_)


def _plain(value: Any, type_: pa.DataType) -> Any:
    """Return a value as Arrow takes it: decimals as numbers where the column is one."""
    if value is None:
        return None
    if pa.types.is_integer(type_):
        return int(value)
    return float(value) if pa.types.is_floating(type_) else value


class _Days(Loader):
    """A date as days since 1970-01-01."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        (days,) = _unpack_days(data)
        if days in _INFINITE_DAYS:
            raise fail(QUERY_FAILED, "infinity")
        return int(days) + _DAYS_TO_2000


class _Times(Loader):
    """A time as microseconds since 1970-01-01 00:00, in UTC where it has a zone."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        (microseconds,) = _unpack_times(data)
        if microseconds in _INFINITE_TIMES:
            raise fail(QUERY_FAILED, "infinity")
        return int(microseconds) + _MICROSECONDS_TO_2000


_Unpack = Callable[[Buffer], tuple[Any, ...]]
_unpack_days: _Unpack = struct.Struct("!i").unpack
_unpack_times: _Unpack = struct.Struct("!q").unpack
