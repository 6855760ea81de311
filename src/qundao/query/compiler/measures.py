"""Measures over OMOP populations to SQL."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.events import event_rows
from qundao.query.compiler.groups import observation_bounds
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.population import cohort_rows
from qundao.query.compiler.sql import (
    add_days,
    both,
    col,
    days_between,
    earlier,
    text,
    union_all,
    within,
    year,
)
from qundao.query.criteria import Anchor
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

FEMALE, MALE = 8532, 8507
_S, _F, _E, _O, _P = "s", "f", "e", "o", "p"


def subjects(plan: Plan, arms: tuple[Arm, ...]) -> str:
    """Return the step of `arm, subject_id, index_date, exit_date`: first membership per arm."""
    return plan.step("subjects", union_all([_arm(plan, arm) for arm in arms]))


def _arm(plan: Plan, arm: Arm) -> exp.Select:
    own = plan.with_sets(arm.population.concept_sets)
    step = plan.step("cohort", cohort_rows(own, arm.population))
    first = exp.Min(this=col(_S, "cohort_start_date")).as_("index_date")
    return (
        exp.select(text(arm.label).as_("arm"), col(_S, "subject_id"), first)
        .from_(exp.table_(step, alias=_S))
        .group_by(col(_S, "subject_id"))
    )


def time_rows(plan: Plan, measure: TimeToEvent) -> exp.Select:
    """Return `arm, time, event, subject_id`."""
    followed = plan.step("followed", _followed(plan, measure))
    first = plan.step("first_outcome", _first_outcome(plan, measure, followed))
    on = [col(_E, n).eq(col(_F, n)) for n in ("arm", "subject_id")]
    last = exp.Coalesce(this=col(_E, "outcome_date"), expressions=[col(_F, "last_date")])
    days = days_between(col(_F, "index_date"), last)
    return (
        exp.select(
            col(_F, "arm"),
            exp.cast(days, exp.DType.INT).as_("time"),
            exp.not_(col(_E, "outcome_date").is_(exp.null())).as_("event"),
            col(_F, "subject_id"),
        )
        .from_(exp.table_(followed, alias=_F))
        .join(exp.table_(first, alias=_E), on=both(on), join_type="left")
    )


def _followed(plan: Plan, measure: TimeToEvent) -> exp.Select:
    """Return subjects with the last date on which an outcome would be seen."""
    step = subjects(plan, measure.arms)
    names = [col(_S, n) for n in ("arm", "subject_id", "index_date")]
    query = exp.select(*names).from_(exp.table_(step, alias=_S))
    horizon = add_days(col(_S, "index_date"), measure.horizon_days)
    if measure.follow_up is FollowUp.HORIZON:
        return query.select(horizon.as_("last_date"))
    start, end = observation_bounds(_O)
    on = [
        col(_O, "person_id").eq(col(_S, "subject_id")),
        *within(col(_S, "index_date"), start, end),
    ]
    observed = exp.Coalesce(this=exp.Max(this=end.copy()), expressions=[col(_S, "index_date")])
    query = query.join(exp.table_("observation_period", alias=_O), on=both(on), join_type="left")
    return query.select(earlier(observed, horizon).as_("last_date")).group_by(*names)


def _first_outcome(plan: Plan, measure: TimeToEvent, followed: str) -> exp.Select:
    own = plan.with_sets(measure.concept_sets)
    outcomes = plan.step("outcomes", event_rows(own, measure.outcome))
    first = add_days(col(_F, "index_date"), measure.first_day)
    on = [
        col(_E, "person_id").eq(col(_F, "subject_id")),
        *within(col(_E, "start_date"), first, col(_F, "last_date")),
    ]
    keys = [col(_F, "arm"), col(_F, "subject_id")]
    return (
        exp.select(*keys, exp.Min(this=col(_E, "start_date")).as_("outcome_date"))
        .from_(exp.table_(followed, alias=_F))
        .join(exp.table_(outcomes, alias=_E), on=both(on))
        .group_by(*[k.copy() for k in keys])
    )


def baseline_rows(plan: Plan, measure: Baseline) -> exp.Select:
    """Return `arm, subject_id` and a column per covariate."""
    step = subjects(plan, measure.arms)
    own = plan.with_sets(measure.concept_sets)
    query = exp.select(col(_S, "arm"), col(_S, "subject_id")).from_(exp.table_(step, alias=_S))
    on = col(_P, "person_id").eq(col(_S, "subject_id"))
    query = query.join(exp.table_("person", alias=_P), on=on, join_type="left")
    for i, covariate in enumerate(measure.covariates):
        query = _with_covariate(own, query, step, covariate, f"x{i}")
    return query


def _with_covariate(
    plan: Plan, query: exp.Select, step: str, covariate: Covariate, alias: str
) -> exp.Select:
    match covariate:
        case AgeAtIndex():
            age = exp.Sub(this=year(col(_S, "index_date")), expression=col(_P, "year_of_birth"))
            return query.select(exp.cast(age, exp.DType.INT).as_(covariate.name))
        case Sex():
            return query.select(_sex().as_(covariate.name))
        case AnyPrior():
            flagged = plan.step("flagged", _flagged(plan, step, covariate))
            on = [col(alias, n).eq(col(_S, n)) for n in ("arm", "subject_id")]
            query = query.join(exp.table_(flagged, alias=alias), on=both(on), join_type="left")
            held = exp.not_(col(alias, "subject_id").is_(exp.null()))
            return query.select(held.as_(covariate.name))


def _sex() -> exp.Expr:
    gender = col(_P, "gender_concept_id")
    case = exp.Case().when(gender.eq(exp.convert(FEMALE)), text("female"))
    return case.when(gender.copy().eq(exp.convert(MALE)), text("male")).else_(text("other"))


def _flagged(plan: Plan, step: str, covariate: AnyPrior) -> exp.Select:
    events = plan.step("events", event_rows(plan, covariate.criterion))
    window = covariate.window
    anchor = col(_E, "start_date" if window.event is Anchor.START else "end_date")
    days = [
        None if d is None else add_days(col(_S, "index_date"), d)
        for d in (window.first_day, window.last_day)
    ]
    on = [col(_E, "person_id").eq(col(_S, "subject_id")), *within(anchor, *days)]
    keys = [col(_S, "arm"), col(_S, "subject_id")]
    return (
        exp.select(*keys)
        .distinct()
        .from_(exp.table_(step, alias=_S))
        .join(exp.table_(events, alias=_E), on=both(on))
    )
