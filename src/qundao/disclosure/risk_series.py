"""Release of a risk series: neighbours merge forward until the floors are met, the tail stays.

A run of intervals is published when at least k people are at risk at its start, its events
reach the event floor, and after it either nobody or at least k people are left (their number
can be worked out, so it is a published cell too). Otherwise the next interval joins the run.
Whatever never meets the floors is the tail: it is withheld, and so is every total over it.

Exits without the event (censorings) have no floor of their own: numbers at risk at two
published edges and the events between them determine them. Approving a grid approves that.

In a table a run stands in the cells of its last interval; the intervals merged into it and the
tail are None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from qundao.disclosure.margins import RiskSeries
from qundao.disclosure.thresholds import Floors


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive intervals `first` … `last` taken together.

    `before` and `after`: people at risk at the start and left at the end; before = events +
    exits + after.
    """

    first: int
    last: int
    before: int
    events: int
    exits: int

    @property
    def after(self) -> int:
        """Return how many are still at risk after the run."""
        return self.before - self.events - self.exits

    def __add__(self, later: Run) -> Run:
        """Return this run together with the one that follows it."""
        return Run(
            self.first,
            later.last,
            self.before,
            self.events + later.events,
            self.exits + later.exits,
        )


def read_runs(values: Sequence[int | None], series: RiskSeries) -> tuple[Run, ...]:
    """Return the runs that a table shows, in order; a withheld tail gives none."""
    return tuple(_read(values, series))


def _read(values: Sequence[int | None], series: RiskSeries) -> Iterator[Run]:
    before, first = values[series.start], 0
    if before is None:
        return
    for last, (e, x) in enumerate(zip(series.events, series.exits, strict=True)):
        events, exits = values[e], values[x]
        if events is None or exits is None:
            continue
        run = Run(first, last, before, events, exits)
        yield run
        before, first = run.after, last + 1


def publishable(runs: Sequence[Run], floors: Floors) -> tuple[Run, ...]:
    """Return the runs merged forward until each meets the floors; the rest is the tail."""
    kept: list[Run] = []
    pending: Run | None = None
    for run in runs:
        pending = run if pending is None else pending + run
        if _meets(pending, floors):
            kept.append(pending)
            pending = None
    return tuple(kept)


def _meets(run: Run, floors: Floors) -> bool:
    if run.before == 0:  # nobody is left to protect
        return True
    enough = run.before >= floors.min_cell and run.events >= floors.event_floor
    return enough and (run.after == 0 or run.after >= floors.min_cell)


def common_runs(several: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    """Return the sums of several nodes' runs over the edges that all of them publish.

    Runs of one node end at its own edges; only edges common to all can be summed.
    """
    edges = set.intersection(*({r.last for r in runs} for runs in several))
    coarse = [coarsen(runs, edges) for runs in several]
    return tuple(
        Run(
            same[0].first,
            same[0].last,
            sum(r.before for r in same),
            sum(r.events for r in same),
            sum(r.exits for r in same),
        )
        for same in zip(*coarse, strict=True)
    )


def coarsen(runs: Sequence[Run], edges: AbstractSet[int]) -> tuple[Run, ...]:
    """Return the runs taken together so that each ends at one of the edges; the rest is left."""
    return tuple(_coarsen(runs, edges))


def _coarsen(runs: Sequence[Run], edges: AbstractSet[int]) -> Iterator[Run]:
    pending: Run | None = None
    for run in runs:
        pending = run if pending is None else pending + run
        if pending.last in edges:
            yield pending
            pending = None


def write_runs(
    values: list[int | None], series: RiskSeries, start: int | None, runs: Sequence[Run]
) -> None:
    """Put a series into `values`: its start, its runs, None for everything else."""
    for cell in series.cells:
        values[cell] = None
    values[series.start] = start
    for run in runs:
        values[series.events[run.last]] = run.events
        values[series.exits[run.last]] = run.exits
    whole = bool(runs) and runs[-1].last == len(series.events) - 1
    values[series.left] = runs[-1].after if whole else None
