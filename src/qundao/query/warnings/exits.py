"""Exits that leave no stay, or none longer than a day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from qundao.kernel.errors import Problem, problem
from qundao.query.criteria import Anchor, Criterion, Dated
from qundao.query.population import FixedOffset, Population
from qundao.query.warnings import codes
from qundao.query.warnings.ranges import common


def exit_warnings(population: Population) -> Iterator[Problem]:
    """Yield exits before the entry, and censoring by the entry event itself."""
    leaving = population.exit
    if isinstance(leaving, FixedOffset) and leaving.anchor is Anchor.START and leaving.days < 0:
        yield problem(codes.EXIT_BEFORE_ENTRY, leaving.days, "$.exit.days")
    yield from _period(population)
    for i, censoring in enumerate(population.censoring):
        if censoring in population.entry.criteria and not censoring.first:
            yield problem(codes.LEAVES_AT_ONCE, "", f"$.censoring[{i}]")


def _period(population: Population) -> Iterator[Problem]:
    """Yield that everybody enters after the last day of the period that is counted."""
    period = population.period
    if period is None or period.last is None:
        return
    earliest = [_earliest(c) for c in population.entry.criteria]
    if all(day > period.last.toordinal() for day in earliest):
        first = date.fromordinal(int(min(earliest)))
        yield problem(codes.EXIT_BEFORE_ENTRY, f"{first} > {period.last}", "$.period.last")


def _earliest(criterion: Criterion) -> float:
    """Return the first day on which an event of a criterion can start."""
    starts = (a.range for a in criterion.where if isinstance(a, Dated) and a.anchor is Anchor.START)
    return common(starts).whole.low if criterion.dates is None else -math.inf
