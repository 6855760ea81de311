"""What a SAS format says of a number: a date, a datetime, a time of day, or just a number.

SAS keeps dates as days and datetimes as seconds since 1960-01-01, times as seconds of the day.
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pyarrow as pa

from qundao.intake.readers.xpt_numbers import Flags, Floats

DATE, DATETIME, TIME = pa.date32(), pa.timestamp("us"), pa.time64("us")

_NAMES = {
    DATE: "DATE DDMMYY MMDDYY YYMMDD JULIAN MONYY YYMON MMYY YYMM WEEKDATE WEEKDATX WORDDATE "
    "WORDDATX E8601DA B8601DA IS8601DA NLDATE",
    DATETIME: "DATETIME DATEAMPM MDYAMPM DTDATE E8601DT B8601DT IS8601DT E8601DN B8601DN NLDATM",
    TIME: "TIME HHMM TIMEAMPM E8601TM B8601TM IS8601TM NLTIME",
}
_TYPES = {name: type_ for type_, names in _NAMES.items() for name in names.split()}
_SEPARATED = re.compile(r"^(DDMMYY|MMDDYY|YYMMDD|MMYY|YYMM)[BCDNPS]$")
_NAME = re.compile(r"^(.*?[A-Z])?\d*(?:\.\d*)?$")
_EPOCH_DAYS = (date(1970, 1, 1) - date(1960, 1, 1)).days
_DAY = 86_400
_FIRST_DAY = (date.min - date(1970, 1, 1)).days
_LAST_DAY = (date.max - date(1970, 1, 1)).days


def type_of(format_: str) -> pa.DataType:
    """Return the Arrow type of numbers shown in a SAS format such as `DATE9.`; else float64."""
    found = _NAME.match(format_.strip().upper())
    name = (found[1] or "") if found else ""
    return _TYPES.get(_SEPARATED.sub(r"\1", name), pa.float64())


def typed(values: Floats, present: Flags, type_: pa.DataType) -> tuple[pa.Array, Flags]:
    """Return numbers as an Arrow array of a `type_of`, and which of them do not fit that type.

    values: (n,); present: (n,), false where the value is missing. Dates before year 1 or after
    9999 and times outside one day do not fit and are null. A date's part of a day is left out,
    as SAS shows it.
    """
    none = np.zeros(len(values), bool)
    if type_ == pa.float64():
        return pa.array(values, mask=~present), none
    units, fits = _units(np.where(present, values, 0.0), type_)
    kept = present & fits
    whole = np.where(kept, units, 0).astype(np.int32 if type_ == DATE else np.int64)
    return pa.array(whole, mask=~kept).view(type_), present & ~fits


def _units(values: Floats, type_: pa.DataType) -> tuple[Floats, Flags]:
    if type_ == TIME:
        return np.rint(values * 1e6), (values >= 0) & (values < _DAY - 5e-7)
    if type_ == DATE:
        days = np.floor(values) - _EPOCH_DAYS
        return days, (days >= _FIRST_DAY) & (days <= _LAST_DAY)
    seconds = values - _EPOCH_DAYS * _DAY
    fits = (seconds >= _FIRST_DAY * _DAY) & (seconds < (_LAST_DAY + 1) * _DAY)
    return np.rint(seconds * 1e6), fits
