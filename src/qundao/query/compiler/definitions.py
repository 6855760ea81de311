"""Any definition to its query."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.adam import AdamBaseline, AdamPopulation, AdamTimeToEvent
from qundao.query.compiler.adam import adam_baseline_rows, adam_cohort_rows, adam_time_rows
from qundao.query.compiler.measures import baseline_rows, time_rows
from qundao.query.compiler.plan import Plan, Schema
from qundao.query.compiler.population import COHORT_COLUMNS, cohort_rows
from qundao.query.compiler.predicate import count_query
from qundao.query.definition import Definition
from qundao.query.measures import Baseline, TimeToEvent
from qundao.query.population import Population

_BY_ARM = ("arm", "subject_id")
_BY_TIME = ("arm", "subject_id", "time", "event")


def compile_query(definition: Definition, schema: Schema) -> exp.Select:
    """Return one query for a definition over a source with `schema` (the engine's).

    Rows come in a total order. What the source lacks is `check`'s to say, before.
    """
    plan = Plan(schema)
    match definition:
        case Population():
            own = plan.with_sets(definition.concept_sets)
            return _finished(plan, cohort_rows(own, definition), COHORT_COLUMNS)
        case TimeToEvent():
            return _finished(plan, time_rows(plan, definition), _BY_ARM)
        case Baseline():
            return _finished(plan, baseline_rows(plan, definition), _BY_ARM)
        case AdamPopulation():
            return _finished(plan, adam_cohort_rows(definition), COHORT_COLUMNS)
        case AdamTimeToEvent():
            return _finished(plan, adam_time_rows(definition), _BY_TIME)
        case AdamBaseline():
            rows = adam_baseline_rows(plan, definition)
            return _finished(plan, rows, (*_BY_ARM, *definition.variables))
        case _:
            return plan.finish(count_query(definition))


def _finished(plan: Plan, query: exp.Select, order: tuple[str, ...]) -> exp.Select:
    step = plan.step("answer", query)
    keys = [exp.Ordered(this=exp.column(c), desc=False, nulls_first=False) for c in order]
    names = query.named_selects
    rows = exp.select(*[exp.column(n) for n in names]).from_(exp.table_(step))
    return plan.finish(rows.order_by(*keys))
