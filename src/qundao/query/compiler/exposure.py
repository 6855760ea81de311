"""Continuous exposure to SQL: eras of one drug, and where they end a stay."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.concepts import concept_rows
from qundao.query.compiler.eras import collapsed
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import add_days, as_date, both, col, in_rows, union_all, within
from qundao.query.domains import DOMAINS, Domain
from qundao.query.population import ContinuousExposure

_I, _C, _T = "i", "c", "t"
_DRUG = DOMAINS[Domain.DRUG]


def exposure_ends(plan: Plan, leaving: ContinuousExposure, index: str) -> exp.Select:
    """Return `person_id, event_id, end_date`: the end of each era that holds an event's start."""
    exposures = [_exposures(plan, leaving, str(c)) for c in (_DRUG.concept, _DRUG.source)]
    taken = plan.step("exposures", union_all(exposures))
    eras = plan.step("exposure_eras", collapsed(plan, taken, leaving.gap_days))
    inside = within(col(_I, "start_date"), col(_C, "start_date"), col(_C, "end_date"))
    return (
        exp.select(col(_I, "person_id"), col(_I, "event_id"), col(_C, "end_date"))
        .from_(exp.table_(index, alias=_I))
        .join(
            exp.table_(eras, alias=_C),
            on=both([col(_C, "person_id").eq(col(_I, "person_id")), *inside]),
        )
    )


def _exposures(plan: Plan, leaving: ContinuousExposure, column: str) -> exp.Select:
    """Return the exposures whose `column` is in the concept set."""
    start = as_date(col(_T, _DRUG.start))
    end = add_days(_end(leaving, start), leaving.days_after)
    return (
        exp.select(col(_T, "person_id"), start.as_("start_date"), end.as_("end_date"))
        .from_(exp.table_(_DRUG.table, alias=_T))
        .where(in_rows(col(_T, column), concept_rows(plan, leaving.concepts)))
    )


def _end(leaving: ContinuousExposure, start: exp.Expr) -> exp.Expr:
    if leaving.supply_days is not None:
        return add_days(start.copy(), leaving.supply_days)
    recorded = [as_date(col(_T, e)) for e in _DRUG.ends]
    supplied = add_days(start.copy(), col(_T, str(_DRUG.supply)))
    return exp.Coalesce(
        this=recorded[0], expressions=[*recorded[1:], supplied, add_days(start.copy(), 1)]
    )
