"""Rules about keys: unique where they identify, present where they point."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Lookup, Measure, Shared, is_null, not_null, row
from qundao.quality.rules.common import only_field, over_rows, target
from qundao.quality.rules.lookups import keyed
from qundao.quality.source import Source


def primary(check: Check, source: Source) -> Measure:
    """Violated: every row whose whole key occurs again. Rows with an empty part are not keys."""
    fields = check.fields
    columns = [exp.column(f) for f in fields]
    query = (
        exp.select(*columns)
        .from_(check.table)
        .where(*(not_null(c.copy()) for c in columns))
        .group_by(*(c.copy() for c in columns))
        .having(exp.Count(this=exp.Star()) > 1)
    )
    name = f"repeated_{check.table}_{'_'.join(fields)}"
    on = exp.and_(*(row(f).eq(exp.column(f, table=name)) for f in fields))
    lookup = Lookup(name, Shared(f"q_{name}", query), on)
    return over_rows(check, source, not_null(exp.column(fields[0], table=name)), None, lookup)


def foreign(check: Check, source: Source) -> Measure:
    """Violated: a value that the target's field does not hold. Counted: every row."""
    field = only_field(check)
    table, key = target(check)
    source.need(table, key)
    lookup = keyed(field, table, key, source)
    absent = is_null(exp.column("k", table=lookup.alias))
    dangling = exp.and_(source.present(check.table, field), absent)
    return over_rows(check, source, dangling, None, lookup)
