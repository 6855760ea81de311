"""Windows in which no event can lie."""

from __future__ import annotations

import math

from qundao.query.criteria import Anchor, Near, Window


def empty_window(window: Window) -> bool:
    """Tell whether a window ends before it begins."""
    first, last = _days(window)
    return last < first


def windows_clash(near: Near) -> bool:
    """Tell whether an event can lie in each of two windows, but in no case in both.

    Windows over the same date of the event must meet. An event that starts in one and ends in
    the other must not end before it starts; where days count from the index event's start in
    one and its end in the other, only the direction that does not depend on its length is told.
    """
    one, two = near.window, near.second_window
    if two is None or empty_window(one) or empty_window(two):
        return False
    if one.event is two.event:
        return one.index is two.index and not _meet(_days(one), _days(two))
    starts, ends = (one, two) if one.event is Anchor.START else (two, one)
    if starts.index is Anchor.START and ends.index is Anchor.END:
        return False
    return _days(ends)[1] < _days(starts)[0]


def _days(window: Window) -> tuple[float, float]:
    first = -math.inf if window.first_day is None else window.first_day
    last = math.inf if window.last_day is None else window.last_day
    return first, last


def _meet(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return max(a[0], b[0]) <= min(a[1], b[1])
