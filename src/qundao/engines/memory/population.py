"""A population, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from qundao.engines.memory.events import (
    Context,
    Event,
    context,
    events_of,
    holds,
    observed,
)
from qundao.engines.memory.tables import Tables
from qundao.query.population import Entry, FixedOffset, Limit, Observation, Period, Population

Stay = tuple[int, date, date]


def stays_of(tables: Tables, population: Population) -> list[Stay]:
    """Return the memberships of a population: person, first day, last day; sorted."""
    ctx = context(tables, population.concept_sets)
    index = limited(_entry(ctx, population.entry), population.entry.limit)
    if population.additional is not None:
        index = [i for i in index if holds(ctx, population.additional, i)]
    index = limited(index, population.qualified_limit)
    for rule in population.rules:
        index = [i for i in index if holds(ctx, rule.group, i)]
    index = limited(index, population.included_limit)
    stays = [s for i in index if (s := _stay(ctx, population, i))]
    merged = collapsed(stays, population.collapse_days)
    return sorted(s for m in merged if (s := _cut(m, population.period)))


def _entry(ctx: Context, entry: Entry) -> list[Event]:
    """Return the entry events of all criteria in a total order."""
    placed = [(place, e) for place, c in enumerate(entry.criteria) for e in events_of(ctx, c)]
    rows = [(place, i) for place, e in placed for i in _in_observation(ctx, entry, e)]
    return [event for _, event in sorted(rows, key=_entry_order)]


def _in_observation(ctx: Context, entry: Entry, event: Event) -> list[Event]:
    if entry.observation is None:
        return [Event(**{**vars(event), "bounds": None})]
    index = observed(ctx.tables, event)
    return [i for i in index if _observed_enough(i, entry.observation)]


def _observed_enough(index: Event, asked: Observation) -> bool:
    assert index.bounds is not None  # `observed` sets them
    first, last = index.bounds
    before = (index.start - first).days >= asked.prior_days
    return before and (last - index.start).days >= asked.post_days


def _entry_order(placed: tuple[int, Event]) -> list[tuple[bool, Any]]:
    place, e = placed
    keys = [e.person_id, e.start, e.event_id, place, e.end, e.visit_id, *(e.bounds or ())]
    return [(k is None, k) for k in keys]


def limited(index: list[Event], limit: Limit) -> list[Event]:
    """Return all events, or each person's first or last; among one day's, the first in order."""
    if limit is Limit.ALL:
        return index
    choose: Callable[..., date] = min if limit is Limit.FIRST else max
    chosen = []
    for _, events in groupby(index, key=lambda e: e.person_id):
        own = list(events)
        day = choose(e.start for e in own)
        chosen.append(next(e for e in own if e.start == day))
    return chosen


def _stay(ctx: Context, population: Population, index: Event) -> Stay | None:
    """Return the membership that an entry event gives: to the earliest end after its start."""
    ends = [_exit(population, index), *_censored(ctx, population, index)]
    possible = [e for e in ends if e >= index.start]
    return (index.person_id, index.start, min(possible)) if possible else None


def _exit(population: Population, index: Event) -> date:
    strategy, bounds = population.exit, index.bounds
    if isinstance(strategy, FixedOffset):
        end = index.on(strategy.anchor) + timedelta(strategy.days)
        return min(end, bounds[1]) if bounds else end
    assert bounds is not None  # the population's constructor requires observation
    return bounds[1]


def _censored(ctx: Context, population: Population, index: Event) -> Iterable[date]:
    for criterion in population.censoring:
        for event in events_of(ctx, criterion):
            within = index.bounds is None or event.start <= index.bounds[1]
            if event.person_id == index.person_id and event.start >= index.start and within:
                yield event.start


def collapsed(stays: Iterable[Stay], pad: int) -> list[Stay]:
    """Return stays of one person merged where one starts at most `pad` days after another's end."""
    merged: list[Stay] = []
    for person, start, end in sorted(stays):
        if merged and merged[-1][0] == person and start <= merged[-1][2] + timedelta(pad):
            last = merged.pop()
            merged.append((person, last[1], max(last[2], end)))
        else:
            merged.append((person, start, end))
    return merged


def _cut(stay: Stay, period: Period | None) -> Stay | None:
    if period is None:
        return stay
    person, start, end = stay
    start = max(start, period.first) if period.first else start
    end = min(end, period.last) if period.last else end
    return (person, start, end) if start <= end else None
