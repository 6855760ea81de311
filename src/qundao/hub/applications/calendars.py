"""The working calendar in use: for each year the newest table that the operator has loaded."""

from __future__ import annotations

from functools import lru_cache

from qundao.access.working_days import Calendar, SpecialDay, read_calendar
from qundao.hub.applications.models import CalendarTable


def calendar() -> Calendar:
    """Return the calendar; years that nobody has loaded count Monday to Friday and say so."""
    return _merged(tuple(CalendarTable.objects.values_list("pk", flat=True)))


@lru_cache(maxsize=8)
def _merged(tables: tuple[int, ...]) -> Calendar:
    """Return the tables laid over each other; tables never change, so their keys say enough."""
    days: dict[int, list[SpecialDay]] = {}
    for table in CalendarTable.objects.filter(pk__in=tables):
        read = read_calendar(table.text)
        for year in read.years:
            days[year] = [d for d in read.days if d.day.year == year]
    return Calendar(tuple(d for year in sorted(days) for d in days[year]))
