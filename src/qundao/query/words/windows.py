"""Windows and shifted dates in words."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query.criteria import Anchor, DateShift, Window
from qundao.query.words.fields import ANCHORS
from qundao.query.words.phrases import days, put, same

_EVENT = {Anchor.START: Words("开始", "starting"), Anchor.END: Words("结束", "ending")}
_OBSERVED = {
    Anchor.START: Words("观察期开始", "the start of observation"),
    Anchor.END: Words("观察期结束", "the end of observation"),
}


def window_words(window: Window, index: Words) -> Words:
    """Return which date of an event must lie where, seen from the index event."""
    event = _EVENT[window.event]
    if _everywhere(window):
        return put("{e}于任何时间", "{e} at any time", e=event)
    day = put("{i}{a}", "the {i}'s {a}", i=index, a=ANCHORS[window.index])
    return put("{e}于{w}", "{e} {w}", e=event, w=_where(window, day))


def _everywhere(window: Window) -> bool:
    sides = (window.first_day, window.last_day, window.first_open, window.last_open)
    return sides == (None, None, Anchor.START, Anchor.END)


def _where(window: Window, day: Words) -> Words:
    first, last = window.first_day, window.last_day
    if first is None and last is not None and window.first_open is Anchor.START:
        return _until(last, day)
    if last is None and first is not None and window.last_open is Anchor.END:
        return _since(first, day)
    if first == last == 0:
        return put("{d}当日", "on the day of {d}", d=day)
    a = _edge(first, window.first_open)
    b = _edge(last, window.last_open)
    return put("{d}日的{a}至{b}", "from {a} to {b}, counted from {d}", d=day, a=a, b=b)


def _until(last: int, day: Words) -> Words:
    if last == 0:
        return put("{d}当日或之前", "on or before {d}", d=day)
    n = days(abs(last))
    if last < 0:
        return put("{d}前至少 {n}", "at least {n} before {d}", d=day, n=n)
    return put("{d}后 {n}为止的任何时间", "any time until {n} after {d}", d=day, n=n)


def _since(first: int, day: Words) -> Words:
    if first == 0:
        return put("{d}当日或之后", "on or after {d}", d=day)
    n = days(abs(first))
    if first > 0:
        return put("{d}后至少 {n}", "at least {n} after {d}", d=day, n=n)
    return put("{d}前 {n}起的任何时间", "any time from {n} before {d}", d=day, n=n)


def _edge(day: int | None, open_side: Anchor) -> Words:
    if day is None:
        return _OBSERVED[open_side]
    if day == 0:
        return Words("当日", "that day")
    side = Words("前 {d}", "{d} before") if day < 0 else Words("后 {d}", "{d} after")
    return put(side.zh, side.en, d=days(abs(day)))


def shift_words(shift: DateShift) -> Words:
    """Return from which day to which an event is taken to last."""
    first = _moved(shift.start_from, shift.start_days)
    last = _moved(shift.end_from, shift.end_days)
    return put("日期改作{a}至{b}", "taken to last from {a} to {b}", a=first, b=last)


def _moved(anchor: Anchor, number: int) -> Words:
    name = ANCHORS[anchor]
    if number == 0:
        return put("其{a}", "its {a}", a=name)
    side = Words("其{a}前 {d}", "{d} before its {a}")
    if number > 0:
        side = Words("其{a}后 {d}", "{d} after its {a}")
    return put(side.zh, side.en, a=name, d=days(abs(number)))


def period_words(first: object, last: object) -> Words:
    """Return calendar dates, each end optional."""
    if last is None:
        return put("{a} 起", "from {a} on", a=same(first))
    if first is None:
        return put("{b} 止", "until {b}", b=same(last))
    return put("{a} 至 {b}", "{a} to {b}", a=same(first), b=same(last))
