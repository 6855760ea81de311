"""How many events stand near each index event.

What a window asks of the other event's start is a stretch of the sorted keys, found by two
binary searches; what it asks besides is looked at pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qundao.query.criteria import Anchor, Counting, Distinct, Near, Window
from qundao.query.sweep.columns import counted_name
from qundao.query.sweep.days import NO_DAY, Days, Mask, keys, moved
from qundao.query.sweep.found import Found
from qundao.query.sweep.index import Index
from qundao.query.sweep.people import Rows, stretches
from qundao.query.sweep.reading import NO_ID

_AT_A_TIME = 20_000_000
"""Pairs looked at together: 160 MB for each of their columns."""
_COMPARISONS = {
    Counting.AT_LEAST: np.greater_equal,
    Counting.AT_MOST: np.less_equal,
    Counting.EXACTLY: np.equal,
}
Counts = npt.NDArray[np.intp]


def near_holds(near: Near, index: Index, found: Found) -> Mask:
    """Return which index rows' events have the number of events that is asked for."""
    first, last = _stretch(near, index, found)
    counts = np.maximum(last - first, 0)
    if near.distinct is not Distinct.EVENT:
        counts = _distinct(near, index, found, first, last)
    elif list(_pair_conditions(near)):
        counts = index.together(_paired(near, index, found, first, last))
    else:
        counts = index.together(counts)
    if near.counts_rows:
        counts = counts * index.together(np.ones(len(index), np.intp))
    held: Mask = _COMPARISONS[near.counting](counts, near.count)
    return held


class _Reach:
    """The first and last start that an event may have, per index row."""

    def __init__(self, rows: int) -> None:
        self.low = np.zeros(rows, np.int32)
        self.high = np.full(rows, NO_DAY, np.int32)

    def ask(self, bound: Days, *, lowest: bool, required: bool) -> None:
        """Ask for a start at a bound or beyond; an absent bound asks nothing, or all."""
        absent = bound == NO_DAY
        if lowest:
            self.low = np.where(absent, self.low, np.maximum(self.low, bound))
            self.high = np.where(absent, self.high, np.minimum(self.high, NO_DAY - 1))
        else:
            self.high = np.where(absent, self.high, np.minimum(self.high, bound))
        if required and absent.any():
            self.low[absent], self.high[absent] = NO_DAY, 0


def _stretch(near: Near, index: Index, found: Found) -> tuple[Rows, Rows]:
    """Return, per index row, the stretch of events whose start is as asked."""
    reach = _Reach(len(index))
    if not near.outside_observation:
        reach.ask(index.first, lowest=True, required=False)
        reach.ask(index.last, lowest=False, required=False)
    for window in (near.window, near.second_window):
        if window is not None and window.event is Anchor.START:
            _ask(reach, window, near, index)
    low = np.searchsorted(found.key, keys(index.person, reach.low), "left")
    return low, np.searchsorted(found.key, keys(index.person, reach.high), "right")


def _ask(reach: _Reach, window: Window, near: Near, index: Index) -> None:
    for lowest, bound, required in _bounds(window, near, index):
        reach.ask(bound, lowest=lowest, required=required)


def _bounds(window: Window, near: Near, index: Index) -> Iterator[tuple[bool, Days, bool]]:
    """Yield the bounds of a window: is it the lower one, which days, must they be known."""
    origin = index.start if window.index is Anchor.START else index.end
    first = (True, window.first_day, window.first_open)
    last = (False, window.last_day, window.last_open)
    for lowest, days, side in (first, last):
        if days is not None:
            yield lowest, moved(origin, days), True
        elif not near.outside_observation:
            yield lowest, index.first if side is Anchor.START else index.last, False


def _pair_conditions(near: Near) -> Iterator[Window | None]:
    """Yield what is left to look at in pairs: windows over ends, and (as None) the visit."""
    for window in (near.window, near.second_window):
        if window is not None and window.event is Anchor.END:
            yield window
    if near.same_visit:
        yield None


def _pairs(
    near: Near, index: Index, found: Found, first: Rows, last: Rows
) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs of index row and event that hold everything, some at a time."""
    ends = np.cumsum(np.maximum(last - first, 0))
    begun = 0
    while begun < len(index):
        before = int(ends[begun - 1]) if begun else 0
        stop = max(int(np.searchsorted(ends, before + _AT_A_TIME, "right")), begun + 1)
        rows, at = stretches(first[begun:stop], last[begun:stop])
        rows = rows + begun
        for asked in _pair_conditions(near):
            kept = _pair_holds(asked, near, index, found, rows, at)
            rows, at = rows[kept], at[kept]
        yield rows, at
        begun = stop


def _pair_holds(
    asked: Window | None, near: Near, index: Index, found: Found, rows: Rows, at: Rows
) -> Mask:
    if asked is None:
        visit = found.column("visit_id")[at]
        same: Mask = (visit == index.visit[rows]) & (visit != NO_ID)
        return same
    end = found.end[at]
    held: Mask = np.ones(len(rows), np.bool_)
    for lowest, bound, required in _bounds(asked, near, index):
        edge = bound[rows]
        inside = (end >= edge) if lowest else (end <= edge)
        known = (edge != NO_DAY) & (end != NO_DAY)
        held &= (inside & known) if required else ((edge == NO_DAY) | (inside & known))
    return held


def _paired(near: Near, index: Index, found: Found, first: Rows, last: Rows) -> Counts:
    counts = np.zeros(len(index), np.intp)
    for rows, _ in _pairs(near, index, found, first, last):
        counts += np.bincount(rows, minlength=len(index))
    return counts


def _distinct(near: Near, index: Index, found: Found, first: Rows, last: Rows) -> Counts:
    """Return, per index row, how many different values the events near its event have."""
    values, known = _counted(near, found)
    event = np.arange(len(index)) if index.event is None else index.event
    size = int(event.max()) + 1 if len(event) else 0
    seen = []
    for rows, at in _pairs(near, index, found, first, last):
        kept = known[at]
        seen.append(_unlike(event[rows[kept]], values[at[kept]]))
    events, _ = _unlike(*(np.concatenate(c) for c in zip(*seen, strict=True))) if seen else ((), ())
    return np.bincount(np.asarray(events, np.intp), minlength=size)[event]


def _unlike(event: Rows, value: npt.NDArray[np.intp]) -> tuple[Rows, npt.NDArray[np.intp]]:
    """Return the pairs that differ from each other."""
    order = np.lexsort((value, event))
    event, value = event[order], value[order]
    new: Mask = np.ones(len(event), np.bool_)
    new[1:] = (event[1:] != event[:-1]) | (value[1:] != value[:-1])
    return event[new], value[new]


def _counted(near: Near, found: Found) -> tuple[npt.NDArray[np.intp], Mask]:
    """Return what is counted once, as numbers, and which of it is known."""
    name = counted_name(near)
    if name is None:
        known: Mask = (found.end != NO_DAY) & (found.start != NO_DAY)
        return (found.end - found.start).astype(np.intp), known
    values = found.column(name)
    if name.startswith("number:"):
        _, places = np.unique(values, return_inverse=True)
        return places.astype(np.intp), ~np.isnan(values)
    absent = NO_DAY if name.endswith("_date") else NO_ID
    return values.astype(np.intp), values != absent
