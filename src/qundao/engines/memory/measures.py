"""Measures over OMOP populations and over ADaM."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from qundao.engines.memory.event import Context, context
from qundao.engines.memory.events import plain_events
from qundao.engines.memory.population import stays_of
from qundao.engines.memory.tables import Row, Tables, as_date
from qundao.query.adam import AdamArm, AdamBaseline, AdamPopulation, AdamTimeToEvent, Equals
from qundao.query.measures import (
    AgeAtIndex,
    AnyPrior,
    Arm,
    Baseline,
    Covariate,
    FollowUp,
    Sex,
    TimeToEvent,
)

_SEX = {8532: "female", 8507: "male"}


def index_dates(tables: Tables, arm: Arm) -> dict[int, date]:
    """Return each subject's earliest start in an arm."""
    dates: dict[int, date] = {}
    for person, start, _ in stays_of(tables, arm.population):
        dates.setdefault(person, start)
    return dates


def times(tables: Tables, measure: TimeToEvent) -> Iterator[dict[str, Any]]:
    """Yield arm, time, event and subject."""
    ctx = context(tables, measure.concept_sets)
    outcomes = plain_events(ctx, measure.outcome)
    for arm in measure.arms:
        for person, index in index_dates(tables, arm).items():
            first = index + timedelta(measure.first_day)
            last = _last_date(tables, measure, person, index)
            seen = [e.start for e in outcomes if e.person_id == person and first <= e.start <= last]
            end = min(seen, default=last)
            yield {
                "arm": arm.label,
                "time": (end - index).days,
                "event": bool(seen),
                "subject_id": person,
            }


def _last_date(tables: Tables, measure: TimeToEvent, person: int, index: date) -> date:
    horizon = index + timedelta(measure.horizon_days)
    if measure.follow_up is FollowUp.HORIZON:
        return horizon
    covering = [last for first, last in tables.observation(person) if first <= index <= last]
    return min(max(covering, default=index), horizon)


def baselines(tables: Tables, measure: Baseline) -> Iterator[dict[str, Any]]:
    """Yield arm, subject and covariates."""
    ctx = context(tables, measure.concept_sets)
    for arm in measure.arms:
        for person, index in index_dates(tables, arm).items():
            values = {c.name: _covariate(ctx, c, person, index) for c in measure.covariates}
            yield {"arm": arm.label, "subject_id": person, **values}


def _covariate(ctx: Context, covariate: Covariate, person: int, index: date) -> Any:
    row = ctx.tables.person(person) or {}
    match covariate:
        case AgeAtIndex():
            born = row.get("year_of_birth")
            return None if born is None else index.year - born
        case Sex():
            return _SEX.get(row.get("gender_concept_id", 0), "other")
        case AnyPrior():
            return _any(ctx, covariate, person, index)


def _any(ctx: Context, covariate: AnyPrior, person: int, index: date) -> bool:
    window = covariate.window
    for event in plain_events(ctx, covariate.criterion):
        day = event.on(window.event)
        days = None if day is None else (day - index).days
        after = window.first_day is None or (days is not None and days >= window.first_day)
        before = window.last_day is None or (days is not None and days <= window.last_day)
        if event.person_id == person and after and before:
            return True
    return False


def adam_stays(tables: Tables, population: AdamPopulation) -> Iterator[dict[str, Any]]:
    """Yield subject, first and last treatment date."""
    for row in tables["adsl"]:
        if _meets(population.filters, adsl=row):
            yield {
                "subject_id": row["usubjid"],
                "cohort_start_date": _day(row["trtsdt"]),
                "cohort_end_date": _day(row["trtedt"]),
            }


def _day(value: Any) -> date | None:
    return None if value is None else as_date(value)


def adam_times(tables: Tables, measure: AdamTimeToEvent) -> Iterator[dict[str, Any]]:
    """Yield arm, time, event and subject from ADTTE."""
    for row, subject in _with_subjects(tables, measure):
        arm = _arm(measure.arms, measure.arm_variable, adtte=row, adsl=subject)
        known = row["aval"] is not None and row["cnsr"] is not None
        met = _meets(measure.filters, adtte=row, adsl=subject)
        if row["paramcd"] == measure.paramcd and arm and known and met:
            yield {
                "arm": arm,
                "time": math.ceil(row["aval"]),
                "event": row["cnsr"] == 0,
                "subject_id": row["usubjid"],
            }


def _with_subjects(tables: Tables, measure: AdamTimeToEvent) -> Iterator[tuple[Row, Row]]:
    """Yield each row of ADTTE, with its subject of ADSL where the measure looks there."""
    asked = (measure.arm_variable, *(f.variable for f in measure.filters))
    if not any(v.startswith("adsl.") for v in asked):
        yield from ((row, {}) for row in tables["adtte"])
        return
    for row in tables["adtte"]:
        yield from ((row, s) for s in tables["adsl"] if s["usubjid"] == row["usubjid"])


def adam_baselines(tables: Tables, measure: AdamBaseline) -> Iterator[dict[str, Any]]:
    """Yield arm, subject and the ADSL variables."""
    for row in tables["adsl"]:
        arm = _arm(measure.arms, measure.arm_variable, adsl=row)
        if arm and _meets(measure.filters, adsl=row):
            values = {v: row[v] for v in measure.variables}
            yield {"arm": arm, "subject_id": row["usubjid"], **values}


def _meets(filters: tuple[Equals, ...], **rows: Row) -> bool:
    return all(_value(f.variable, **rows) in f.values for f in filters)


def _arm(arms: tuple[AdamArm, ...], variable: str, **rows: Row) -> str | None:
    value = _value(variable, **rows)
    return next((a.label for a in arms if value in a.values), None)


def _value(variable: str, **rows: Row) -> Any:
    table, _, name = variable.partition(".")
    value = rows[table][name]
    return None if value is None else str(value)
