"""One definition by a query of its own: the plain way."""

from __future__ import annotations

import time

from qundao.kernel.errors import QundaoError
from qundao.kernel.garbage import rarely_collected
from qundao.query.attrition import Masked, RuleCount, rule_counts
from qundao.query.batch.results import Named, Result
from qundao.query.compiler.inclusion import EVENTS, PERSONS, flag_names, inclusion_query
from qundao.query.engine import Engine
from qundao.query.population import Population
from qundao.query.reading import Cohort
from qundao.query.run import cohort

SOURCE_AWAY = 503
"""The status of errors after which nothing that follows could be answered."""


def run_alone(engine: Engine, named: Named) -> Result:
    """Return the result of one definition. Raises `engines.*` when the source is away."""
    begun = time.perf_counter()
    try:
        with rarely_collected():
            rows = cohort(engine, named.definition)
            inclusion = _inclusion(engine, named.definition)
    except QundaoError as error:
        if error.status == SOURCE_AWAY:
            raise
        return Result(named.id, None, seconds=time.perf_counter() - begun, problems=error.problems)
    return Result(named.id, rows, inclusion, time.perf_counter() - begun)


def _inclusion(engine: Engine, definition: Cohort) -> tuple[RuleCount, ...]:
    if not isinstance(definition, Population) or not definition.rules:
        return ()
    found = engine.records(inclusion_query(definition, engine.schema))
    flags = flag_names(len(definition.rules))
    masks = (
        Masked(tuple(bool(r[f]) for f in flags), int(r[EVENTS]), int(r[PERSONS])) for r in found
    )
    return rule_counts(tuple(r.name for r in definition.rules), masks)
