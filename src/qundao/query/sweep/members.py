"""A population's members, and how many events and persons meet which of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qundao.query.attrition import Masked
from qundao.query.population import Population
from qundao.query.sweep.days import Mask, code
from qundao.query.sweep.entry import entry_events, limited
from qundao.query.sweep.eras import Stays, collapsed
from qundao.query.sweep.exits import stays_of
from qundao.query.sweep.groups import Asked, passing
from qundao.query.sweep.ordering import firsts
from qundao.query.sweep.people import Numbers
from qundao.query.values import Period


@dataclass(frozen=True)
class Members:
    """Who is a member from when until when, by person and start; and what the rules let through."""

    stays: Stays
    masks: tuple[Masked, ...]


def members_of(asked: Asked, population: Population) -> Members:
    """Return the members of a population, step by step as it lists its parts."""
    index = entry_events(asked, population.entry)
    if population.additional is not None:
        index = index.where(passing(asked, population.additional, index))
    index = limited(index, population.qualified_limit)
    masks: tuple[Masked, ...] = ()
    if population.rules:
        held = np.stack([passing(asked, r.group, index) for r in population.rules])
        masks = tuple(_masks(held, index.person))
        every: Mask = np.all(held, axis=0)
        index = index.where(every)
    index = limited(index, population.included_limit)
    stays = collapsed(stays_of(asked, population, index), population.collapse_days)
    return Members(_cut(stays, population.period), masks)


def _cut(stays: Stays, period: Period | None) -> Stays:
    """Return stays cut to a calendar period."""
    if period is None:
        return stays
    start, end = stays.start, stays.end
    if period.first is not None:
        start = np.maximum(start, np.int32(code(period.first)))
    if period.last is not None:
        end = np.minimum(end, np.int32(code(period.last)))
    kept = start <= end
    return Stays(stays.person[kept], start[kept], end[kept])


def _masks(held: npt.NDArray[np.bool_], person: Numbers) -> Iterator[Masked]:
    """Yield how many events, and persons by their best event, satisfy just which rules."""
    packed = np.ascontiguousarray(np.packbits(held, axis=0).T)
    rows = packed.view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, example, which = np.unique(rows, return_index=True, return_inverse=True)
    events = np.bincount(which, minlength=len(example))
    persons = np.bincount(which[_best(held, person)], minlength=len(example))
    for i, at in enumerate(example):
        yield Masked(tuple(held[:, at].tolist()), int(events[i]), int(persons[i]))


def _best(held: Mask, person: Numbers) -> npt.NDArray[np.intp]:
    """Return each person's event that satisfies most rules; on a tie see `query.attrition`."""
    first_rule = np.argmax(held, axis=0)
    order = np.lexsort((first_rule, -held.sum(axis=0), person))
    return order[firsts(person[order])]
