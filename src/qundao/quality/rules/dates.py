"""Dates after ISO 8601 as SDTM writes them, and the days counted between them."""

from __future__ import annotations

from sqlglot import exp

_YEAR, _MONTH, _DAY = "[0-9]{4}", "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
_COMMON_DAY = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DATE = f"({_YEAR}-{_COMMON_DAY}|{_LEAP_YEAR}-02-29)"
_HOLED_DATE = f"({_YEAR}---{_DAY}|--({_COMMON_DAY}|02-29)|----{_DAY})"
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
_SECOND = f"{_SIXTY}([.][0-9]+)?"
_CLOCK = (
    f"T({_HOUR}(:{_SIXTY}(:{_SECOND})?)?|-:{_SIXTY}(:{_SECOND})?|({_HOUR}|-):-:{_SECOND})"
    "(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY_UNKNOWN = f"({_YEAR}|-)-({_MONTH}|-)--"
_MOMENT = f"({_YEAR}(-{_MONTH})?|({_DATE}|{_HOLED_DATE})({_CLOCK})?|{_DAY_UNKNOWN}{_CLOCK})"
ISO_8601 = f"^{_MOMENT}(/{_MOMENT})?$"
"""SDTMIG 3.2, 4.1.4.1 and 4.1.4.2: truncated on the right, `-` for a missing part, or from/to."""

_FIRST, _LAST = "0001-01-01", "9999-12-31"
_WHOLE = "^[1-9]"
_CALENDAR_DAY = f"^{_DATE}(T.*)?$"


def day_of(text: exp.Expr) -> exp.Expr:
    """Return text as a date, where it tells the day; else NULL.

    Only text that is a date of the calendar is cast, so that no engine stumbles on another.
    """
    told = exp.and_(_like(text, _CALENDAR_DAY), _like(text, _WHOLE))
    day = exp.Left(this=text.copy(), expression=exp.Literal.number(10))
    return exp.Case().when(told, exp.cast(day, "DATE"))


def days_between(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """Return how many days `end` is after `start`, both dates."""
    return exp.DateDiff(this=end, expression=start, unit=exp.var("DAY"))


def days_after(day: exp.Expr, days: int) -> exp.Expr:
    """Return the day so many days later; outside the years 1 to 9999 the day as it is.

    An engine's first and last days are thousands of years off and have no neighbour.
    """
    first, last = (exp.cast(exp.Literal.string(d), "DATE") for d in (_FIRST, _LAST))
    later = exp.DateAdd(this=day, expression=exp.Literal.number(days), unit=exp.var("DAY"))
    known = exp.Between(this=day.copy(), low=first, high=last)
    return exp.Case().when(known, exp.cast(later, "DATE")).else_(day.copy())


def study_day(day: exp.Expr, reference: exp.Expr) -> exp.Expr:
    """Return the study day: the reference is day 1, the day before it -1; there is no day 0.

    SDTMIG 3.2, 4.1.4.4; ADaMIG 1.1, 3.3.3.
    """
    after = exp.Case().when(day.copy() >= reference.copy(), exp.Literal.number(1))
    shift = after.else_(exp.Literal.number(0))
    return exp.paren(days_between(reference, day) + shift)


def _like(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern))
