"""The events of a criterion, one stage after the other as `compiler.events` has them in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from qundao.query.criteria import Anchor, Criterion, DateShift
from qundao.query.domains import DOMAINS, Domain
from qundao.query.sweep.columns import OWN, SOURCE
from qundao.query.sweep.conditions import Asks, attribute_holds, person_holds
from qundao.query.sweep.days import NO_DAY, code, moved
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.found import Found
from qundao.query.sweep.ordering import firsts
from qundao.query.sweep.tables import EventTable
from qundao.query.values import Period


class Source(Asks, Protocol):
    """Where events are looked for."""

    domains: Mapping[Domain, EventTable]


def events_of(source: Source, criterion: Criterion) -> Found:
    """Return the events of a criterion, its nearby criteria left aside."""
    found = _meant(source, criterion)
    if criterion.first:
        found = _first(found, criterion)
    if criterion.dates is not None:
        found = _shifted(found, criterion.dates)
    for asked in criterion.where:
        if isinstance(asked, OWN):
            mask = attribute_holds(source, DOMAINS[criterion.domain], found, asked)
        else:
            mask = person_holds(source, asked, found.person, found.start, found.end)
        found = found.where(mask)
    return found if criterion.within is None else _given(found, criterion.within)


def _meant(source: Source, criterion: Criterion) -> Found:
    """Return the events whose codes are in the criterion's concept sets."""
    table = source.domains[criterion.domain]
    if criterion.concepts is not None:
        wanted = source.set_ids(criterion.concepts)
        blank = DOMAINS[criterion.domain].blank_concept
        if blank is not None and blank in wanted:
            raise UnfitError("the concept that stands for an empty one")
        at = table.coded("concept_id", wanted)
        if criterion.source_concepts is not None:
            wanted = source.set_ids(criterion.source_concepts)
            at = at[np.isin(table.columns[SOURCE][at], wanted)]
    elif criterion.source_concepts is not None:
        at = table.coded(SOURCE, source.set_ids(criterion.source_concepts))
    else:
        at = np.arange(len(table))
    return Found(table, at)


def _first(found: Found, criterion: Criterion) -> Found:
    if found.table.repeats and any(isinstance(a, OWN) for a in criterion.where):
        raise UnfitError("events alike in everything but their attributes")
    return found.where(firsts(found.person))


def _shifted(found: Found, shift: DateShift) -> Found:
    ends = {Anchor.START: found.start, Anchor.END: found.end}
    start = moved(ends[shift.start_from], shift.start_days)
    end = moved(ends[shift.end_from], shift.end_days)
    whole = (start != NO_DAY) & (end != NO_DAY) & (end >= start)
    return found.where(whole).with_dates({"start_date": start[whole], "end_date": end[whole]})


def _given(found: Found, period: Period) -> Found:
    """Return the events that hold the given dates, which become theirs."""
    held = found.end != NO_DAY
    for day in (period.first, period.last):
        if day is not None:
            held &= (found.start <= code(day)) & (found.end >= code(day))
    kept = found.where(held)
    own = {"sort_date": kept.start}
    for name, day in (("start_date", period.first), ("end_date", period.last)):
        if day is not None:
            own[name] = np.full(len(kept), code(day), np.int32)
    return kept.with_dates(own)
