"""Reads back the day of a moment that `Hand` wrote, so that a defect can be placed beside it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from qundao.intake.synthetic.hand import EXCEL_EPOCH

_SEPARATED = re.compile(r"([0-9]{4})[-/年]([0-9]{1,2})[-/月]([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{6}$")


def day_of(text: str) -> date:
    """Return the day of a moment in any of the ways of `Hand.moment`."""
    found = _SEPARATED.match(text) or _COMPACT.match(text)
    if found:
        year, month, day = map(int, found.groups())
        return date(year, month, day)
    return EXCEL_EPOCH + timedelta(days=int(float(text)))
