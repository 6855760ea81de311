"""Counts: people per arm, how many have the outcome within a horizon, and their days at risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from qundao.analysis import normal_form
from qundao.analysis.cells import Cell, Layout, LayoutBuilder
from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.groups import Arm, arm_names, check_arms, read_arm, with_rounding
from qundao.analysis.reading import Reader
from qundao.analysis.rows import EVENT, TIME, check_columns, of_arm, truths, whole_numbers
from qundao.analysis.sources import (
    Times,
    check_reach,
    check_source,
    read_times,
    source_json,
)
from qundao.disclosure.rounding import LARGEST_BASE, check_base
from qundao.kernel.canonical import digest
from qundao.kernel.errors import problem, raise_if
from qundao.kernel.words import Words
from qundao.query.engine import Engine
from qundao.query.run import time_to_event

LONGEST_HORIZON = 36_525
WITH, WITHOUT = "with", "without"


@dataclass(frozen=True, slots=True)
class Counts:
    """People with the outcome on day 0 … `horizon` after the start, out of all.

    `without` counts everybody else, also people followed for less than the horizon; days at
    risk end with the event, with follow-up, or at the horizon.
    """

    method: ClassVar[str] = "counts"
    source: Times
    arms: tuple[Arm, ...]
    horizon: int
    rounding: int = 1

    def __post_init__(self) -> None:
        found = [*check_arms(self.arms), *check_source(self.source, self.arms)]
        found += check_reach(self.source, self.horizon, "horizon")
        if not 1 <= self.horizon <= LONGEST_HORIZON:
            required = f"1–{LONGEST_HORIZON} days"
            found.append(problem(BAD_SPEC, self.horizon, "horizon", required=required))
        raise_if(found)
        check_base(self.rounding)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the arms' ids in order."""
        return tuple(a.id for a in self.arms)

    @property
    def parameters(self) -> int:
        """Return how many numbers per arm the analysis estimates."""
        return 1

    @property
    def cuts(self) -> Mapping[str, str]:
        """Return the event whose times divide the people, with a digest of the days."""
        edges = digest([[self.horizon], normal_form.window(self.source)])
        return {normal_form.outcome(self.source): edges}

    def to_json(self) -> dict[str, Any]:
        """Return the planned analysis as plain JSON."""
        return {
            "method": self.method,
            "source": source_json(self.source),
            "arms": [a.to_json() for a in self.arms],
            "horizon": self.horizon,
            "rounding": self.rounding,
        }

    @property
    def words(self) -> Words:
        """Return the analysis as a sentence."""
        names = arm_names(self.arms)
        sentence = Words(
            f"{names.zh}各组人数，以及 {self.horizon} 天内发生结局的人数",
            f"people in {names.en}, and how many have the outcome within {self.horizon} days",
        )
        return with_rounding(sentence, self.rounding)

    def rows(self, engine: Engine) -> pa.Table:
        """Return one row per person and arm: arm, subject_id, time, event."""
        return time_to_event(engine, self.source)

    def layout(self) -> Layout:
        """Return the cells: per arm people, with and without the outcome, days at risk."""
        builder = LayoutBuilder(self.method, self.rounding)
        for group in self.groups:
            persons = builder.count("all", group=group)
            parts = [builder.count("outcome", key, group=group) for key in (WITH, WITHOUT)]
            builder.sum(persons, parts)
            days = builder.cell(Cell(("at_risk",), group, "days"))
            # Days at risk tell the outcomes: whoever is followed to the horizon and has none
            # adds the whole horizon. So they are shown only where the outcomes are.
            for count in (persons, *parts):
                builder.follow(days, count)
        return builder.build()

    def tally(self, rows: pa.Table) -> tuple[int, ...]:
        """Count rows [arm, subject_id, time (days ≥ 0), event]. Raises `analysis.bad_rows`."""
        check_columns(rows, (TIME, EVENT))
        return tuple(n for g in self.groups for n in self._of_arm(of_arm(rows, g)))

    def _of_arm(self, rows: pa.Table) -> Iterator[int]:
        days, events = whole_numbers(rows, TIME), truths(rows, EVENT)
        ill = int(np.count_nonzero(events & (days <= self.horizon)))
        yield len(days)
        yield ill
        yield len(days) - ill
        yield int(np.minimum(days, self.horizon).sum())


def read_counts(at: Reader) -> Counts:
    """Read a planned count."""
    at.only("method", "source", "arms", "horizon", "rounding")
    source = at.at("source").attempt(read_times)
    arms = at.at("arms").listed(read_arm)
    horizon = at.at("horizon").integer(1, LONGEST_HORIZON)
    rounding = at.at("rounding").integer(1, LARGEST_BASE) if at.has("rounding") else 1
    at.finish()
    assert source is not None  # else its problems have just been raised
    return Counts(source, arms, horizon, rounding)
