"""Working days after the State Council's yearly notice, which moves rest days (调休).

The operator loads the notice as a table of `date,off|work,name`: `off` is a public holiday,
`work` a weekend day on which people work. A year that nobody has loaded counts Monday to Friday
and says so; it is never guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from qundao.access.codes import BAD_CALENDAR
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_KINDS = {"off": "off", "休": "off", "work": "work", "班": "work"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One day that is not as its weekday says: `kind` is `off` or `work`."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The exceptions of the years that have been loaded."""

    days: tuple[SpecialDay, ...] = ()

    @property
    def years(self) -> frozenset[int]:
        """Return the years for which a notice has been loaded."""
        return frozenset(e.day.year for e in self.days)

    def is_working(self, day: date) -> bool:
        """Tell whether people work on `day`."""
        kind = next((e.kind for e in self.days if e.day == day), None)
        return kind == "work" or (kind is None and day.weekday() < 5)

    def add(self, start: date, days: int) -> date:
        """Return the last day of a term of `days` working days that begins after `start`.

        A term of 0 days ends on `start`. Raises ValueError below 0.
        """
        if days < 0:
            raise ValueError(f"at least 0 working days are required, received {days}")
        end = start
        while days:
            end += _DAY
            days -= self.is_working(end)
        return end

    def between(self, start: date, end: date) -> int:
        """Return the working days after `start` up to and including `end` (negative if before)."""
        if end < start:
            return -self.between(end, start)
        span = (end - start).days
        return sum(self.is_working(start + n * _DAY) for n in range(1, span + 1))

    def caveat(self, start: date, end: date) -> Words | None:
        """Return what a reader must know about a term: which of its years nobody has loaded."""
        first, last = sorted((start.year, end.year))
        missing = [y for y in range(first, last + 1) if y not in self.years]
        if not missing:
            return None
        years = "、".join(str(y) for y in missing)
        return Words(
            f"{years} 年节假日安排尚未载入，按周一至周五计算",
            f"no public-holiday table loaded for {years}: counted Monday to Friday",
        )


def china_day(instant: datetime) -> date:
    """Return the calendar day in China on which an instant falls."""
    return instant.astimezone(CHINA).date()


def day_ends(day: date) -> datetime:
    """Return the instant (UTC) at which a day ends in China."""
    midnight = datetime.combine(day + _DAY, datetime.min.time(), CHINA)
    return midnight.astimezone(UTC)


def read_calendar(text: str) -> Calendar:
    """Read `date,off|work,name` lines (休 and 班 too; a heading line is skipped).

    Raises `access.bad_calendar` with every wrong line: an unreadable date or kind, a day named
    twice, a weekday marked as work.
    """
    rows = [row for row in csv.reader(text.lstrip("\ufeff").splitlines()) if any(row)]
    found: list[SpecialDay] = []
    defects: list[Problem] = []
    for number, row in enumerate(rows, 1):
        read = _row(row, number)
        if isinstance(read, SpecialDay):
            found.append(read)
        elif not (number == 1 and _is_heading(row)):
            defects.append(read)
    raise_if([*defects, *_twice(found), *_needless(found)])
    return Calendar(tuple(sorted(found, key=lambda e: e.day)))


def _is_heading(row: list[str]) -> bool:
    return row[0].strip().lower() in ("date", "日期")


def _row(row: list[str], number: int) -> SpecialDay | Problem:
    where, received = f"line {number}", ",".join(row)[:120]
    try:
        day, kind = date.fromisoformat(row[0].strip()), _KINDS[row[1].strip().lower()]
    except (ValueError, KeyError, IndexError):
        return problem(BAD_CALENDAR, received, where, required="2026-10-01,off,国庆节")
    return SpecialDay(day, kind, row[2].strip() if len(row) > 2 else "")


def _twice(found: Iterable[SpecialDay]) -> Iterator[Problem]:
    seen: set[date] = set()
    for e in found:
        if e.day in seen:
            yield problem(BAD_CALENDAR, e.day.isoformat(), "date", required="each day once")
        seen.add(e.day)


def _needless(found: Iterable[SpecialDay]) -> Iterator[Problem]:
    for e in found:
        if e.kind == "work" and e.day.weekday() < 5:
            required = "work (班) only for a Saturday or Sunday"
            yield problem(BAD_CALENDAR, f"{e.day.isoformat()},work", "kind", required=required)
