"""Calendar months: expiry and vesting are promised in months, not in days."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def add_months(instant: datetime, months: int) -> datetime:
    """Return the same time of day `months` later; the 31st becomes the month's last day."""
    years, month = divmod(instant.month - 1 + months, 12)
    year = instant.year + years
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def whole_months(start: datetime, end: datetime) -> int:
    """Return how many whole months lie between two instants; 0 when `end` comes first."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and add_months(start, months) > end:
        months -= 1
    return max(months, 0)
