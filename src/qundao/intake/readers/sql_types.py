"""The Arrow types of database columns, and values turned into them one by one where need be.

Values come as the server writes them. What does not fit its column's type (an infinite date, the
day 0000-00-00 of MySQL) is told apart from the rest of its batch instead of ending the reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc

_MOST_DIGITS = 38
_TIME = pa.timestamp("us")
_MOMENT = pa.timestamp("us", "UTC")
_NO_OFFSET = r"(:\d\d(?:\.\d+)?)$"
_POSTGRESQL: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "bool": pa.bool_(),
        "int2": pa.int16(),
        "int4": pa.int32(),
        "int8": pa.int64(),
        "oid": pa.int64(),
        "float4": pa.float64(),
        "float8": pa.float64(),
        "date": pa.date32(),
        "timestamp": _TIME,
        "timestamptz": _MOMENT,
    }
)
# Numbers of the client/server protocol: https://mariadb.com/kb/en/result-set-packets/
_MYSQL: Mapping[int, pa.DataType] = MappingProxyType(
    {
        **dict.fromkeys((1, 2, 3, 9, 13), pa.int64()),
        8: pa.int64(),
        **dict.fromkeys((4, 5), pa.float64()),
        **dict.fromkeys((10, 14), pa.date32()),
        7: _MOMENT,  # TIMESTAMP, which the session shows in UTC
        12: _TIME,
        16: pa.binary(),
    }
)
_MYSQL_DECIMALS = (0, 246)
_PYTHON: Mapping[type, pa.DataType] = MappingProxyType(
    {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        date: pa.date32(),
        datetime: _TIME,
        bytes: pa.binary(),
        bytearray: pa.binary(),
    }
)
_TRUTHS = {b"t": b"true", b"f": b"false"}


def postgresql_type(about: Any) -> pa.DataType:
    """Return the type of a column as PostgreSQL describes it; text where Arrow has none."""
    known = psycopg.adapters.types.get(about.type_code)
    if known is not None and known.name == "numeric":
        return _decimal(about.precision, about.scale)
    return _POSTGRESQL.get(known.name if known else "", pa.string())


def mysql_type(about: Sequence[Any]) -> pa.DataType:
    """Return the type of a column as MySQL and MariaDB describe it."""
    if about[1] in _MYSQL_DECIMALS:
        return _decimal(_MOST_DIGITS, about[5])
    return _MYSQL.get(about[1], pa.string())


def python_type(about: Sequence[Any]) -> pa.DataType:
    """Return the type of a column that a driver describes by a Python type (PEP 249)."""
    if about[1] is Decimal:
        return _decimal(about[4], about[5])
    return _PYTHON.get(about[1], pa.string()) if isinstance(about[1], type) else pa.string()


def _decimal(digits: int | None, scale: int | None) -> pa.DataType:
    if digits is None or scale is None or not 0 < digits <= _MOST_DIGITS or scale > digits:
        return pa.string()  # a column without bounds holds any number: its text is exact
    return pa.decimal128(digits, scale)


def typed(values: Sequence[Any], type_: pa.DataType) -> tuple[pa.Array, list[int]]:
    """Return values as an array of the type, with null at the places of those that do not fit."""
    written = list(map(_written, values))
    if pa.types.is_boolean(type_):
        written = [_TRUTHS.get(value, value) if value else value for value in written]
    try:
        return _cast(written, type_), []
    except pa.ArrowInvalid:
        bad = [i for i, value in enumerate(written) if not _fits(value, type_)]
    for i in bad:
        written[i] = None
    return _cast(written, type_), bad


def _written(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return (value.isoformat() if hasattr(value, "isoformat") else str(value)).encode()


def _cast(written: Sequence[bytes | None], type_: pa.DataType) -> pa.Array:
    raw = pa.array(written, pa.binary())
    if pa.types.is_binary(type_):
        return raw
    text = raw.cast(pa.string())
    if type_ == _MOMENT:
        text = pc.replace_substring_regex(text, _NO_OFFSET, r"\1+00")
    return text.cast(type_)


def _fits(value: bytes | None, type_: pa.DataType) -> bool:
    try:
        _cast([value], type_)
    except pa.ArrowInvalid:
        return False
    return True
