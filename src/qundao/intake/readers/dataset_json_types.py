"""The data types of Dataset-JSON 1.1 columns, and their values as Arrow arrays.

`decimal` travels as text and becomes a decimal of 18 places; dates and times are dates and times
where the metadata want a number in the end (`targetDataType` integer), else text, which may be
partial (`2014-01`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

DECIMAL = pa.decimal128(38, 18)
_TYPES = {
    "string": pa.string(),
    "URI": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "decimal": DECIMAL,
    "boolean": pa.bool_(),
}
_NUMBERED = {"date": pa.date32(), "datetime": pa.timestamp("us"), "time": pa.time64("us")}
_NATIVE: Mapping[pa.DataType, set[type]] = {
    pa.string(): {str},
    pa.int64(): {int},
    pa.float64(): {int, float},
    pa.bool_(): {bool},
}


def type_of(data_type: str, target: str) -> pa.DataType | None:
    """Return the Arrow type of a column, None for a type that the standard does not know."""
    if data_type in _NUMBERED:
        return _NUMBERED[data_type] if target == "integer" else pa.string()
    return _TYPES.get(data_type)


def array_of(values: Sequence[Any], type_: pa.DataType) -> tuple[pa.Array, list[int]]:
    """Return values as an array, and the indexes of those that are not of the type (null there).

    An empty text is a missing value.
    """
    if {type(v) for v in values} <= _NATIVE.get(type_, set()) | {type(None)}:
        try:
            return _emptied(pa.array(values, type_)), []
        except (pa.ArrowException, ValueError, OverflowError):
            pass  # one of them does not fit: found below
    read = [_value(v, type_) for v in values]
    bad = [i for i, v in enumerate(read) if v is _BAD]
    return _emptied(pa.array([None if v is _BAD else v for v in read], type_)), bad


def _emptied(array: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(array, ""), None, array) if array.type == pa.string() else array


_BAD: Any = object()


def _value(value: Any, type_: pa.DataType) -> Any:
    if value is None or value == "":
        return None
    try:
        return _READ[type_](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return _BAD


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate is no text
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool | str) or value != int(value) or not -(2**63) <= value < 2**63:
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool | str):
        raise TypeError
    return float(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= 10**20 or number != round(number, 18):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _local(value: Any) -> datetime:
    read = datetime.fromisoformat(_text(value))
    if read.tzinfo is not None:
        raise ValueError
    return read


_READ: Mapping[pa.DataType, Callable[[Any], Any]] = {
    pa.string(): _text,
    pa.int64(): _integer,
    pa.float64(): _number,
    DECIMAL: _decimal,
    pa.bool_(): _boolean,
    pa.date32(): lambda v: date.fromisoformat(_text(v)),
    pa.timestamp("us"): _local,
    pa.time64("us"): lambda v: time.fromisoformat(_text(v)),
}
