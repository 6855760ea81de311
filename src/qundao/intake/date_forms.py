"""The ways in which dates stand in Chinese systems' exports, and whether the day exists.

Patterns are written so that both Python and RE2 (Arrow) read them; groups y, m, d are the day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

_YEAR, _ONE_OR_TWO = "(?P<y>[0-9]{4})", "[0-9]{1,2}"
_CLOCK = r"[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_CLOCK_ZH = "[ ]*[0-9]{1,2}[时点:][0-9]{1,2}(?:[分:](?:[0-9]{1,2}秒?)?)?"


def _separated(one: str, two: str, last: str = "", clock: str = "") -> str:
    return f"^{_YEAR}{one}(?P<m>{_ONE_OR_TWO}){two}(?P<d>{_ONE_OR_TWO}){last}{clock}$"


_COMPACT = f"^{_YEAR}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})"

DATES: Mapping[str, str] = MappingProxyType(
    {
        "YYYY-MM-DD": _separated("-", "-"),
        "YYYY/MM/DD": _separated("/", "/"),
        "YYYY.MM.DD": _separated("[.]", "[.]"),
        "YYYY年MM月DD日": _separated("年", "月", "日"),
        "YYYYMMDD": f"{_COMPACT}$",
    }
)
"""Days alone."""

MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "YYYY-MM-DD HH:MM": _separated("-", "-", clock=_CLOCK),
        "YYYY/MM/DD HH:MM": _separated("/", "/", clock=_CLOCK),
        "YYYY年MM月DD日HH时MM分": _separated("年", "月", "日", clock=_CLOCK_ZH),
        "YYYYMMDDHHMMSS": f"{_COMPACT}[0-2][0-9][0-5][0-9](?:[0-5][0-9])?$",
    }
)
"""Days with a time."""

SERIAL = "Excel serial"
SERIAL_DAY, SERIAL_MOMENT = "^[1-6][0-9]{4}$", r"^[1-6][0-9]{4}[.][0-9]+$"
"""Days since 1899-12-30, 1927 to 2091; only beside other dates, or where the name says so."""

UNMISTAKEN = frozenset(f for f in (*DATES, *MOMENTS) if not f.startswith("YYYYMM"))
"""Forms that nothing but a date has."""

_EXCEL_EPOCH = date(1899, 12, 30)
_FIRST_YEAR, _LAST_YEAR = 1850, 2150
_READ = {form: re.compile(p) for form, p in {**DATES, **MOMENTS}.items()}
_SERIALS = {False: re.compile(SERIAL_DAY), True: re.compile(SERIAL_MOMENT)}


def form_of(text: str) -> tuple[str, date | None]:
    """Return the form that a text has (empty: none) and its day, None where no such day exists.

    `YYYYMMDD` and Excel's serials are only told where the day exists.
    """
    for form, pattern in _READ.items():
        found = pattern.match(text)
        if found:
            day = existing(*(int(found[g]) for g in "ymd"))
            return (form, day) if day or form in UNMISTAKEN else ("", None)
    for pattern in _SERIALS.values():
        if pattern.match(text):
            return SERIAL, _EXCEL_EPOCH + timedelta(days=int(float(text)))
    return "", None


def has_time(form: str, text: str) -> bool:
    """Tell whether a text of a form holds a time of day besides."""
    return form in MOMENTS or (form == SERIAL and "." in text)


def existing(year: int, month: int, day: int) -> date | None:
    """Return the day if the calendar has it and its year is 1850 to 2150."""
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None
