"""A population, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from qundao.engines.memory.event import Context, Event, context
from qundao.engines.memory.groups import events_of, holding, observed
from qundao.engines.memory.tables import Row, Tables, as_date
from qundao.query.criteria import Group
from qundao.query.population import (
    ContinuousExposure,
    Entry,
    FixedOffset,
    Limit,
    Observation,
    Population,
)
from qundao.query.values import Period

Stay = tuple[int, date, date]


def stays_of(tables: Tables, population: Population) -> list[Stay]:
    """Return the memberships of a population: person, first day, last day; sorted."""
    ctx = context(tables, population.concept_sets)
    index = _entry(ctx, population.entry)
    if population.additional is not None:
        index = _kept(ctx, population.additional, index)
    index = limited(index, population.qualified_limit)
    for rule in population.rules:
        index = _kept(ctx, rule.group, index)
    index = limited(index, population.included_limit)
    stays = [s for i in index if (s := _stay(ctx, population, i))]
    merged = collapsed(stays, population.collapse_days)
    return sorted(s for m in merged if (s := _cut(m, population.period)))


def _kept(ctx: Context, group: Group, index: list[Event]) -> list[Event]:
    kept = holding(ctx, group, index)
    return [i for i in index if i.key in kept]


def _entry(ctx: Context, entry: Entry) -> list[Event]:
    """Return the entry events of all criteria, numbered per person in a total order."""
    placed = [(place, e) for place, c in enumerate(entry.criteria) for e in events_of(ctx, c)]
    rows = [(place, i) for place, e in placed for i in _in_observation(ctx, entry, e)]
    ordered = sorted(rows, key=_entry_order)
    if entry.limit is Limit.LAST:
        ordered.sort(key=lambda row: row[1].sort, reverse=True)
    ordered.sort(key=lambda row: row[1].person_id)
    numbered = []
    for _, events in groupby((event for _, event in ordered), key=lambda e: e.person_id):
        numbered += [replace(e, event_id=i + 1) for i, e in enumerate(events)]
    return [e for e in numbered if entry.limit is Limit.ALL or e.event_id == 1]


def _in_observation(ctx: Context, entry: Entry, event: Event) -> list[Event]:
    if entry.observation is None:
        return [replace(event, bounds=None)]
    index = observed(ctx.tables, event)
    return [i for i in index if _observed_enough(i, entry.observation)]


def _observed_enough(index: Event, asked: Observation) -> bool:
    assert index.bounds is not None  # `observed` sets them
    first, last = index.bounds
    before = (index.start - first).days >= asked.prior_days
    return before and (last - index.start).days >= asked.post_days


def _entry_order(placed: tuple[int, Event]) -> list[tuple[bool, Any]]:
    place, e = placed
    keys = [e.person_id, e.sort, e.event_id, place, e.start, e.end, e.visit_id, *(e.bounds or ())]
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
    ends = [*_exits(ctx, population, index), *_censored(ctx, population, index)]
    possible = [e for e in ends if e >= index.start]
    return (index.person_id, index.start, min(possible)) if possible else None


def _exits(ctx: Context, population: Population, index: Event) -> Iterator[date]:
    strategy, bounds = population.exit, index.bounds
    if isinstance(strategy, FixedOffset):
        anchored = index.on(strategy.anchor)
        if anchored is not None:
            end = anchored + timedelta(strategy.days)
            yield min(end, bounds[1]) if bounds else end
        return
    assert bounds is not None  # the population's constructor requires observation
    yield bounds[1]
    if isinstance(strategy, ContinuousExposure):
        exposures = _exposures(ctx, strategy, index.person_id)
        for _, first, last in collapsed(exposures, strategy.gap_days):
            if first <= index.start <= last:
                yield last


def _exposures(ctx: Context, strategy: ContinuousExposure, person_id: int) -> Iterator[Stay]:
    """Yield a person's exposures, each once per code that is in the concept set."""
    wanted = ctx.concepts[strategy.concepts]
    for row in ctx.tables["drug_exposure"]:
        codes = (row.get("drug_concept_id"), row.get("drug_source_concept_id"))
        if row["person_id"] == person_id and any(c in wanted for c in codes):
            start = as_date(row["drug_exposure_start_date"])
            end = _exposure_end(strategy, row, start) + timedelta(strategy.days_after)
            yield person_id, start, end


def _exposure_end(strategy: ContinuousExposure, row: Row, start: date) -> date:
    if strategy.supply_days is not None:
        return start + timedelta(strategy.supply_days)
    if row.get("drug_exposure_end_date") is not None:
        return as_date(row["drug_exposure_end_date"])
    supply = row.get("days_supply")
    return start + timedelta(1 if supply is None else int(supply))


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
