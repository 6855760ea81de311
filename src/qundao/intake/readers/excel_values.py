"""Writes what a cell holds as text: numbers without the noise of binary fractions, dates as ISO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

ERRORS = frozenset(
    ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#N/A", "#SPILL!", "#CALC!")
)
"""What Excel shows where a formula came to nothing; the same words typed in mean the same."""

_LONGEST_PLAIN = 21


def cell_text(value: Any) -> str | None:
    """Return a cell's text, None where it is empty. Text is not changed, however it begins."""
    if isinstance(value, str):
        return value or None
    return _WRITERS.get(type(value), str)(value)


def _number(value: float) -> str:
    """Return a number to the 15 digits that Excel holds, without an exponent where it is short."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    exact = Decimal(f"{value:.15g}")
    plain = f"{exact:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain if len(plain) <= _LONGEST_PLAIN + 2 else f"{value:.15g}"


def _whole_seconds(value: datetime) -> datetime:
    """Return the time that was meant: days held as fractions come out microseconds off."""
    nearest = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return nearest if abs(nearest - value) < timedelta(milliseconds=1) else value


def _datetime(value: datetime) -> str:
    whole = _whole_seconds(value)
    return whole.date().isoformat() if whole.time() == time() else whole.isoformat()


def _time(value: time) -> str:
    return _whole_seconds(datetime.combine(date(2000, 1, 1), value)).time().isoformat()


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, left = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{left:02}"


def _truth(value: object) -> str:
    return "TRUE" if value else "FALSE"


_WRITERS: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {
        float: _number,
        int: str,
        bool: _truth,
        datetime: _datetime,
        date: date.isoformat,
        time: _time,
        timedelta: _duration,
    }
)
