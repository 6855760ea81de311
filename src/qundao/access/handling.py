"""How long an application takes: a clock per step, with stops and their reasons.

The clock of the platform runs only while it is the platform's turn; it stands still while the
applicant corrects or the parties sign. All terms are working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qundao.access.states import Clock, State
from qundao.access.working_days import Calendar, china_day
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """An application entered a state at an instant: who caused it, and why."""

    state: State
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the timeline: from when to when (None: still there), and its working days."""

    entry: Entry
    until: datetime | None
    days: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class Due:
    """When a stage should end: the last day, the working days left (negative: overdue)."""

    day: date
    left: int
    caveat: Words | None


def timeline(history: Sequence[Entry], now: datetime, calendar: Calendar) -> tuple[Stage, ...]:
    """Return the stages of an application's history, which is in order of time."""
    ends: list[datetime | None] = [e.at for e in history[1:]]
    return tuple(
        _stage(entry, until, now, calendar)
        for entry, until in zip(history, [*ends, None], strict=True)
    )


def _stage(entry: Entry, until: datetime | None, now: datetime, calendar: Calendar) -> Stage:
    days = calendar.between(china_day(entry.at), china_day(until or now))
    return Stage(entry, until, days, entry.state.facts.clock)


def days_used(stages: Sequence[Stage]) -> int:
    """Return the working days that the platform itself has taken so far."""
    return sum(s.days for s in stages if s.clock is Clock.RUNS)


def due(entry: Entry, now: datetime, calendar: Calendar) -> Due | None:
    """Return when the present stage should end; None where no limit is set."""
    limit = entry.state.facts.days
    if limit is None:
        return None
    start, today = china_day(entry.at), china_day(now)
    day = calendar.add(start, limit)
    return Due(day, calendar.between(today, day), calendar.caveat(start, max(day, today)))
