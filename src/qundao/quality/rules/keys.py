"""Rules about keys: unique where they identify, present where they point."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Base, Lookup, Measure, Shared, is_null, not_null, row
from qundao.quality.rules.common import ROWS, counted_by, named, only_field, over_rows, target
from qundao.quality.rules.lookups import keyed
from qundao.quality.source import Source


def primary(check: Check, source: Source) -> Measure:
    """Violated: every row whose whole key occurs again. Rows with an empty part are not keys."""
    fields = check.fields
    whole = (not_null(row(f)) for f in fields)
    violated = exp.and_(row(ROWS) > 1, *whole)
    base = counted_by(check.table, *fields)
    return Measure(base, violated, values=fields, rowwise=lambda: _repeated(check, source))


def _repeated(check: Check, source: Source) -> Measure:
    """Return the same over rows: those whose key is found among the keys that occur again."""
    columns = [exp.column(f) for f in check.fields]
    query = (
        exp.select(*columns)
        .from_(check.table)
        .where(*(not_null(c.copy()) for c in columns))
        .group_by(*(c.copy() for c in columns))
        .having(exp.Count(this=exp.Star()) > 1)
    )
    on = exp.and_(*(row(f).eq(exp.column(f, table="repeated")) for f in check.fields))
    lookup = Lookup("repeated", Shared("repeated_keys", query), on)
    found = not_null(exp.column(check.fields[0], table="repeated"))
    names = named(check, source)
    return Measure(Base(check.table), found, None, (lookup,), names, check.fields)


def foreign(check: Check, source: Source) -> Measure:
    """Violated: a value that the target's field does not hold. Counted: every row."""
    field = only_field(check)
    table, key = target(check)
    source.need(table, key)
    lookup = keyed(field, table, key, source)
    absent = is_null(exp.column("k", table=lookup.alias))
    dangling = exp.and_(source.present(check.table, field), absent)
    return over_rows(check, source, dangling, None, lookup)
