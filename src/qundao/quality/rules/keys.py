"""Rules about keys: unique where they identify, present where they point."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Measure, is_null, not_null, row
from qundao.quality.rules.common import ROWS, counted_by, only_field, over_rows, target
from qundao.quality.rules.lookups import keyed
from qundao.quality.source import Source


def primary(check: Check, source: Source) -> Measure:  # noqa: ARG001
    """Violated: every row whose whole key occurs again. Rows with an empty part are not keys."""
    fields = check.fields
    whole = (not_null(row(f)) for f in fields)
    violated = exp.and_(row(ROWS) > 1, *whole)
    keys = tuple(row(f) for f in fields)
    return Measure(counted_by(check.table, *fields), violated, examples=keys, values=fields)


def foreign(check: Check, source: Source) -> Measure:
    """Violated: a value that the target's field does not hold. Counted: every row."""
    field = only_field(check)
    table, key = target(check)
    source.need(table, key)
    lookup = keyed(field, table, key, source)
    absent = is_null(exp.column("k", table=lookup.alias))
    dangling = exp.and_(source.present(check.table, field), absent)
    return over_rows(check, source, dangling, None, lookup)
