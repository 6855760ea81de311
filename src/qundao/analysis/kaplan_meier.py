"""Kaplan–Meier on a grid of days that the protocol fixes.

Interval j is (grid[j], grid[j+1]]: an event on day 28 belongs to (0, 28]. Day 0 counts as day 1
(ADaM counts the first day as 1; an OMOP event on the index date falls into the first interval).
A person censored on a day is at risk on that day (Kaplan & Meier 1958).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from qundao.analysis import normal_form
from qundao.analysis.cells import Cell, Layout, LayoutBuilder
from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.groups import Arm, arm_names, check_arms, read_arm
from qundao.analysis.reading import Reader
from qundao.analysis.rows import (
    EVENT,
    TIME,
    Integers,
    check_columns,
    of_arm,
    truths,
    whole_numbers,
)
from qundao.analysis.sources import (
    Times,
    check_reach,
    check_source,
    read_times,
    source_json,
)
from qundao.disclosure.margins import RiskSeries
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words
from qundao.query.engine import Engine
from qundao.query.run import time_to_event

LAST_DAY = 36_525
MOST_INTERVALS = 2_000


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Survival per arm at the edges of `grid` (days, strictly increasing from 0)."""

    method: ClassVar[str] = "kaplan_meier"
    source: Times
    arms: tuple[Arm, ...]
    grid: tuple[int, ...]

    def __post_init__(self) -> None:
        found = [*check_arms(self.arms), *check_source(self.source, self.arms)]
        found += _check_grid(self.grid)
        if self.grid:
            found += check_reach(self.source, self.grid[-1], "grid")
        raise_if(found)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the arms' ids in order."""
        return tuple(a.id for a in self.arms)

    @property
    def rounding(self) -> int:
        """Return 1: the numbers of a life table hang together and are not rounded."""
        return 1

    @property
    def parameters(self) -> int:
        """Return how many numbers per arm the analysis estimates: one per interval."""
        return len(self.grid) - 1

    @property
    def cuts(self) -> Mapping[str, str]:
        """Return the event whose times divide the people, with a digest of the days."""
        edges = digest([list(self.grid), normal_form.window(self.source)])
        return {normal_form.outcome(self.source): edges}

    def to_json(self) -> dict[str, Any]:
        """Return the planned analysis as plain JSON."""
        return {
            "method": self.method,
            "source": source_json(self.source),
            "arms": [a.to_json() for a in self.arms],
            "grid": list(self.grid),
        }

    @property
    def words(self) -> Words:
        """Return the analysis as a sentence."""
        names, edges = arm_names(self.arms), ", ".join(map(str, self.grid[:4]))
        if len(self.grid) > 4:
            edges += f" … {self.grid[-1]}"
        return Words(
            f"{names.zh}的 Kaplan–Meier 曲线与 log-rank 检验，只在第 {edges} 天给出",
            f"Kaplan–Meier curves and log-rank test of {names.en}, at days {edges} only",
        )

    def rows(self, engine: Engine) -> pa.Table:
        """Return one row per person and arm: arm, subject_id, time, event."""
        return time_to_event(engine, self.source)

    def layout(self) -> Layout:
        """Return the cells: per arm n, then d and c per interval, then those left at the end."""
        builder = LayoutBuilder(self.method)
        for group in self.groups:
            add_series(builder, group, self.grid)
        return builder.build()

    def tally(self, rows: pa.Table) -> tuple[int, ...]:
        """Count rows [arm, subject_id, time (days ≥ 0), event]. Raises `analysis.bad_rows`."""
        check_columns(rows, (TIME, EVENT))
        return tuple(n for g in self.groups for n in self._of_arm(of_arm(rows, g)))

    def _of_arm(self, rows: pa.Table) -> Iterator[int]:
        days, events = np.maximum(whole_numbers(rows, TIME), 1), truths(rows, EVENT)
        yield len(days)
        yield from self._per_interval(days[events])
        yield from self._per_interval(days[~events])
        yield int(np.count_nonzero(days > self.grid[-1]))

    def _per_interval(self, days: Integers) -> list[int]:
        inside = days[days <= self.grid[-1]]
        place = np.searchsorted(np.array(self.grid), inside, side="left") - 1
        counted: list[int] = np.bincount(place, minlength=len(self.grid) - 1).tolist()
        return counted


def add_series(builder: LayoutBuilder, group: str, grid: tuple[int, ...]) -> None:
    """Add one group's life table to a layout."""
    names = [f"{a}-{b}" for a, b in pairwise(grid)]
    start = builder.cell(Cell(("all",), group, "persons"))
    events = tuple(builder.cell(Cell((n,), group, "events")) for n in names)
    exits = tuple(builder.cell(Cell((n,), group, "censored")) for n in names)
    left = builder.cell(Cell((f">{grid[-1]}",), group, "persons"))
    builder.series(RiskSeries(start, events, exits, left))


def _check_grid(grid: tuple[int, ...]) -> Iterator[Problem]:
    if not 2 <= len(grid) <= MOST_INTERVALS + 1:
        yield problem(BAD_SPEC, len(grid), "grid", required=f"2–{MOST_INTERVALS + 1} edges")
    if grid and grid[0] != 0:
        yield problem(BAD_SPEC, grid[0], "grid[0]", required="0")
    for i, (a, b) in enumerate(pairwise(grid)):
        if not a < b <= LAST_DAY:
            required = f"more than {a}, at most {LAST_DAY}"
            yield problem(BAD_SPEC, b, f"grid[{i + 1}]", required=required)


def read_kaplan_meier(at: Reader) -> KaplanMeier:
    """Read a planned Kaplan–Meier analysis."""
    at.only("method", "source", "arms", "grid")
    source = at.at("source").attempt(read_times)
    arms = at.at("arms").listed(read_arm)
    grid = at.at("grid").integers(0, LAST_DAY)
    at.finish()
    assert source is not None  # else its problems have just been raised
    return KaplanMeier(source, arms, grid)
