"""Where an analysis gets its rows: a measure of the query room, part of the locked protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.groups import Arm
from qundao.analysis.reading import Reader
from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.query import definition
from qundao.query.adam import AdamBaseline, AdamTimeToEvent
from qundao.query.measures import Baseline, TimeToEvent

Times = TimeToEvent | AdamTimeToEvent
"""One row per person and arm: arm, subject_id, time (days), event."""
Covariates = Baseline | AdamBaseline
"""One row per person and arm: arm, subject_id, one column per covariate."""


def read_times(at: Reader) -> Times:
    """Read a time-to-event measure. Problems carry their place in the whole document."""
    found = _read(at)
    if isinstance(found, Times):
        return found
    raise QundaoError(problem(BAD_SPEC, _kind(at), at.path, required="a time-to-event measure"))


def read_covariates(at: Reader) -> Covariates:
    """Read a baseline measure. Problems carry their place in the whole document."""
    found = _read(at)
    if isinstance(found, Covariates):
        return found
    raise QundaoError(problem(BAD_SPEC, _kind(at), at.path, required="a baseline measure"))


def _read(at: Reader) -> object:
    try:
        return definition.from_json(at.value if isinstance(at.value, dict) else {})
    except QundaoError as error:
        moved = (
            Problem(p.code, p.received, at.path + p.where.removeprefix("$"), p.facts)
            for p in error.problems
        )
        raise QundaoError(*moved) from error


def _kind(at: Reader) -> str:
    return str(at.value.get("kind")) if isinstance(at.value, dict) else "nothing"


def source_json(source: Times | Covariates) -> dict[str, Any]:
    """Return a source as plain JSON."""
    return definition.to_json(source)


def columns(source: Covariates) -> tuple[str, ...]:
    """Return the names of a baseline measure's columns."""
    if isinstance(source, AdamBaseline):
        return source.variables
    return tuple(c.name for c in source.covariates)


def last_day(source: Times) -> int | None:
    """Return the last day on which a measure sees events, or None where it has no limit."""
    return source.horizon_days if isinstance(source, TimeToEvent) else None


def check_source(source: Times | Covariates, arms: Sequence[Arm]) -> Iterator[Problem]:
    """Yield the arms that the source does not have."""
    held = [a.label for a in source.arms]
    for i, arm in enumerate(arms):
        if arm.id not in held:
            required = f"an arm of the source: {', '.join(held)}"
            yield problem(BAD_SPEC, arm.id, f"arms[{i}].id", required=required)


def check_reach(source: Times, day: int, where: str) -> Iterator[Problem]:
    """Yield a problem when an analysis looks further than its source."""
    limit = last_day(source)
    if limit is not None and day > limit:
        yield problem(BAD_SPEC, day, where, required=f"at most the source's horizon, day {limit}")
