"""The working calendar in use: for each year the newest table that the operator has loaded."""

from __future__ import annotations

from functools import lru_cache

from qundao.access.working_days import Calendar, SpecialDay, read_calendar
from qundao.hub.applications.models import CalendarTable


def calendar() -> Calendar:
    """Return the calendar; years that nobody has loaded count Monday to Friday and say so."""
    return _merged(tuple(CalendarTable.objects.values_list("text", flat=True)))


@lru_cache(maxsize=8)
def _merged(tables: tuple[str, ...]) -> Calendar:
    """Return the tables laid over each other, oldest first.

    Kept by their text: a key is given again where a transaction is rolled back or a database
    restored, and would then stand for another table.
    """
    days: dict[int, list[SpecialDay]] = {}
    for text in tables:
        read = read_calendar(text)
        for year in read.years:
            days[year] = [d for d in read.days if d.day.year == year]
    return Calendar(tuple(d for year in sorted(days) for d in days[year]))
