"""Populations and measures over ADaM to SQL."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.adam import AdamArm, AdamBaseline, AdamPopulation, AdamTimeToEvent, Equals
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.population import COHORT_COLUMNS
from qundao.query.compiler.sql import as_date, both, col, text

_ADSL, _ADTTE = "adsl", "adtte"


def adam_cohort_rows(population: AdamPopulation) -> exp.Select:
    """Return the subjects of ADSL with their first and last treatment dates."""
    values = [col(_ADSL, "usubjid"), as_date(col(_ADSL, "trtsdt")), as_date(col(_ADSL, "trtedt"))]
    listed = [v.as_(n) for v, n in zip(values, COHORT_COLUMNS, strict=True)]
    return exp.select(*listed).from_(_ADSL).where(both(map(_equals, population.filters)))


def adam_time_rows(measure: AdamTimeToEvent) -> exp.Select:
    """Return `arm, time, event, subject_id` from ADTTE."""
    names = {_table(measure.arm_variable), *(_table(f.variable) for f in measure.filters)}
    query = exp.select(
        _arm(measure.arm_variable, measure.arms).as_("arm"),
        exp.cast(exp.Ceil(this=col(_ADTTE, "aval")), exp.DType.INT).as_("time"),
        col(_ADTTE, "cnsr").eq(exp.convert(0)).as_("event"),
        col(_ADTTE, "usubjid").as_("subject_id"),
    ).from_(_ADTTE)
    if _ADSL in names:
        query = query.join(_ADSL, on=col(_ADSL, "usubjid").eq(col(_ADTTE, "usubjid")))
    conditions = [
        col(_ADTTE, "paramcd").eq(text(measure.paramcd)),
        _in_arms(measure.arm_variable, measure.arms),
        *map(_equals, measure.filters),
        *(exp.not_(col(_ADTTE, n).is_(exp.null())) for n in ("aval", "cnsr")),
    ]
    return query.where(both(conditions))


def adam_baseline_rows(plan: Plan, measure: AdamBaseline) -> exp.Select:
    """Return `arm, subject_id` and the ADSL variables: text, or numbers as double."""
    values = [_value(plan, v).as_(v) for v in measure.variables]
    arm = _arm(measure.arm_variable, measure.arms).as_("arm")
    return (
        exp.select(arm, col(_ADSL, "usubjid").as_("subject_id"), *values)
        .from_(_ADSL)
        .where(_in_arms(measure.arm_variable, measure.arms))
        .where(both(map(_equals, measure.filters)))
    )


def _value(plan: Plan, variable: str) -> exp.Expr:
    types = {c.name: c.type.upper() for c in plan.schema.get(_ADSL, ())}
    text_like = types.get(variable, "").startswith(("VARCHAR", "TEXT", "STRING", "CHAR"))
    return exp.cast(col(_ADSL, variable), exp.DType.TEXT if text_like else exp.DType.DOUBLE)


def _table(variable: str) -> str:
    return variable.partition(".")[0]


def _column(variable: str) -> exp.Column:
    table, _, name = variable.partition(".")
    return col(table, name)


def _equals(asked: Equals) -> exp.Expr:
    values = [text(v) for v in sorted(set(asked.values))]
    return exp.In(this=exp.cast(_column(asked.variable), exp.DType.TEXT), expressions=values)


def _in_arms(variable: str, arms: tuple[AdamArm, ...]) -> exp.Expr:
    return _equals(Equals(variable, tuple(v for a in arms for v in a.values)))


def _arm(variable: str, arms: tuple[AdamArm, ...]) -> exp.Expr:
    case = exp.Case()
    for arm in arms:
        case = case.when(_equals(Equals(variable, arm.values)), text(arm.label))
    return case
