"""Which index events have what a group asks for, as `compiler.groups` has it in SQL."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from qundao.query.criteria import Criterion, Demographic, Group, Mode, Near
from qundao.query.sweep.conditions import person_holds
from qundao.query.sweep.days import Mask
from qundao.query.sweep.events import Source
from qundao.query.sweep.found import Found
from qundao.query.sweep.index import Index, observed
from qundao.query.sweep.nearby import near_holds
from qundao.query.sweep.people import Periods


class Asked(Source, Protocol):
    """Where events are looked for, with what was found before."""

    periods: Periods

    def kept(self, criterion: Criterion) -> Found:
        """Return the events of a criterion, its nearby criteria left aside."""


def qualified_events(asked: Asked, criterion: Criterion) -> Found:
    """Return the events of a criterion that have what it asks for nearby."""
    found = asked.kept(criterion)
    if criterion.near is None:
        return found
    index, rows = observed(asked.periods, found)
    held = passing(asked, criterion.near, index)
    events = rows if index.event is None else index.event
    named = np.arange(len(found)) if found.named is None else found.named
    kept = np.zeros(len(found), np.bool_)
    kept[events[held]] = True
    mask: Mask = kept[named] & found.has_id
    return found.where(mask)


def passing(asked: Asked, group: Group, index: Index) -> Mask:
    """Return which index rows' events have what a group asks for."""
    if not group.parts:
        return np.ones(len(index), np.bool_)
    rows = index.together(np.ones(len(index), np.intp))
    held = np.zeros(len(index), np.intp)
    for part in group.parts:
        empty = isinstance(part, Group) and not part.parts  # each row counts, as in Circe
        held += rows if empty else _part(asked, part, index)
    return _enough(held * rows, group)


def _enough(held: np.ndarray, group: Group) -> Mask:
    found: Mask
    match group.mode:
        case Mode.ALL:
            found = held == len(group.parts)
        case Mode.ANY:
            found = held >= 1
        case Mode.AT_LEAST:
            found = held >= int(group.count or 0)
        case Mode.AT_MOST:
            found = held <= int(group.count or 0)
    return found


def _part(asked: Asked, part: Near | Demographic | Group, index: Index) -> Mask:
    match part:
        case Near():
            return near_holds(part, index, qualified_events(asked, part.criterion))
        case Group() if part.facts_of_one:
            return _facts_hold(asked, part.facts_of_one, index)
        case Group():
            return passing(asked, part, index)
        case _:
            return _facts_hold(asked, (part,), index)


def _facts_hold(asked: Asked, facts: tuple[Demographic, ...], index: Index) -> Mask:
    held = np.ones(len(index), np.bool_)
    for fact in facts:
        held &= person_holds(asked, fact, index.person, index.start, index.end)
    return index.anywhere(held)
