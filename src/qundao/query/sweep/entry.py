"""Entry events in their total order, and the limits that keep some of a person's.

The order is that of `compiler.population`: day, event id, place of the criterion, start, end,
visit and observation period. From here on every row is an event, named by its row.
"""

from __future__ import annotations

import numpy as np

from qundao.query.population import Entry, Limit
from qundao.query.sweep.days import NO_DAY, backwards, keys, moved
from qundao.query.sweep.found import Found
from qundao.query.sweep.groups import Asked, qualified_events
from qundao.query.sweep.index import Index
from qundao.query.sweep.ordering import ascending, firsts, total_order
from qundao.query.sweep.people import Rows


def entry_events(asked: Asked, entry: Entry) -> Index:
    """Return the entry events by person and in order, the first one only where asked so."""
    found = [qualified_events(asked, c) for c in entry.criteria]
    parts = [_candidates(asked, entry, f) for f in found]
    index = _joined([p for p, _ in parts])
    if len(found) > 1 or found[0].moved or entry.limit is Limit.LAST or not _ordered(index, parts):
        index = index.where(_order(index, parts, last=entry.limit is Limit.LAST))
    return index if entry.limit is Limit.ALL else index.where(firsts(index.person))


def _candidates(asked: Asked, entry: Entry, found: Found) -> tuple[Index, Found]:
    """Return the events of a criterion that lie in observation as the entry asks."""
    if entry.observation is None:
        unknown = np.full(len(found), NO_DAY, np.int32)
        visit = found.column("visit_id")
        return Index(found.person, found.start, found.end, visit, unknown, unknown), found
    rows, at = asked.periods.holding(found.person, found.start)
    first, last, start = asked.periods.start[at], asked.periods.end[at], found.start[rows]
    after = moved(first, entry.observation.prior_days) <= start
    inside = after & (moved(start, entry.observation.post_days) <= last)
    rows, first, last = rows[inside], first[inside], last[inside]
    visit = found.column("visit_id")[rows]
    index = Index(found.person[rows], found.start[rows], found.end[rows], visit, first, last)
    own = {"sort_date": found.sort_date[rows]} if found.moved else {}
    return index, Found(found.table, found.at[rows], own)


def _joined(parts: list[Index]) -> Index:
    if len(parts) == 1:
        return parts[0]
    names = ("person", "start", "end", "visit", "first", "last")
    return Index(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def _ordered(index: Index, parts: list[tuple[Index, Found]]) -> bool:
    """Tell whether rows of one table, in its order, are in the entry's: no two of one event."""
    ids = parts[0][1].ids
    same = (index.person[1:] == index.person[:-1]) & (index.start[1:] == index.start[:-1])
    return not bool((same & (ids[1:] == ids[:-1])).any())


def _order(index: Index, parts: list[tuple[Index, Found]], *, last: bool) -> Rows:
    """Return the entry's order of all candidates."""
    ids = np.concatenate([f.ids for _, f in parts])
    days = np.concatenate([f.sort_date for _, f in parts])
    place = np.repeat(np.arange(len(parts)), [len(f) for _, f in parts])
    rest = (ids, place, index.start, index.end, index.visit, index.first, index.last)
    key = keys(index.person, backwards(days) if last else days)
    return total_order(key, lambda rows: [column[rows] for column in rest])[0]


def limited(index: Index, limit: Limit) -> Index:
    """Return one event per person, by start and then by the entry's order, or all of them."""
    if limit is Limit.ALL:
        return index
    days = backwards(index.start) if limit is Limit.LAST else index.start
    key = keys(index.person, days)
    if not ascending(key):
        index = index.where(np.argsort(key, kind="stable"))
    return index.where(firsts(index.person))
