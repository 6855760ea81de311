"""When stays end: by observation, fixed days, exposure or censoring, whichever comes first."""

from __future__ import annotations

import numpy as np

from qundao.query.criteria import Anchor
from qundao.query.domains import Domain
from qundao.query.population import ContinuousExposure, FixedOffset, Population
from qundao.query.sweep.columns import SOURCE
from qundao.query.sweep.days import NO_DAY, Days, keys, moved
from qundao.query.sweep.eras import Stays, collapsed
from qundao.query.sweep.found import Found
from qundao.query.sweep.groups import Asked, qualified_events
from qundao.query.sweep.index import Index
from qundao.query.sweep.people import Rows


def stays_of(asked: Asked, population: Population, index: Index) -> Stays:
    """Return each event's stay: until the earliest end that is not before its start."""
    ends = _exits(asked, population, index)
    ends += [_censored(qualified_events(asked, c), index) for c in population.censoring]
    earliest = np.full(len(index), NO_DAY, np.int32)
    for end in ends:
        usable = np.where(end < index.start, np.int32(NO_DAY), end)
        earliest = np.minimum(earliest, usable)
    ended = (earliest != NO_DAY) & (index.start != NO_DAY)
    return Stays(index.person[ended], index.start[ended], earliest[ended])


def _exits(asked: Asked, population: Population, index: Index) -> list[Days]:
    strategy = population.exit
    if isinstance(strategy, FixedOffset):
        anchor = index.start if strategy.anchor is Anchor.START else index.end
        offset = moved(anchor, strategy.days)
        sooner = (index.last <= offset) & (offset != NO_DAY)
        return [np.where(sooner, index.last, offset)]
    ends = [index.last]
    if isinstance(strategy, ContinuousExposure):
        ends.append(_exposed(asked, strategy, index))
    return ends


def _exposed(asked: Asked, leaving: ContinuousExposure, index: Index) -> Days:
    """Return the end of the era of exposure that holds each start; `NO_DAY` for none."""
    table = asked.domains[Domain.DRUG]
    wanted = asked.set_ids(leaving.concepts)
    at = np.concatenate([table.coded(c, wanted) for c in ("concept_id", SOURCE)])
    taken = Found(table, np.unique(at))
    until = taken.end if leaving.supply_days is None else moved(taken.start, leaving.supply_days)
    until = moved(until, leaving.days_after)
    known = (taken.start != NO_DAY) & (until != NO_DAY)
    exposures = Stays(taken.person[known], taken.start[known], until[known])
    eras = collapsed(exposures, leaving.gap_days)
    return _holding(eras, index)


def _holding(eras: Stays, index: Index) -> Days:
    if not len(eras):
        return np.full(len(index), NO_DAY, np.int32)
    at: Rows = (
        np.searchsorted(keys(eras.person, eras.start), keys(index.person, index.start), "right") - 1
    )
    within = at >= 0
    at = np.maximum(at, 0)
    within &= (eras.person[at] == index.person) & (index.start <= eras.end[at])
    return np.where(within, eras.end[at], np.int32(NO_DAY))


def _censored(events: Found, index: Index) -> Days:
    """Return the first censoring event on or after each start, within observation."""
    if not len(events):
        return np.full(len(index), NO_DAY, np.int32)
    at = np.searchsorted(events.key, keys(index.person, index.start), "left")
    there = at < len(events)
    at = np.minimum(at, len(events) - 1)
    day = events.start[at]
    there &= (events.person[at] == index.person) & (day <= index.last)
    return np.where(there, day, np.int32(NO_DAY))
