"""Rules about mapping: how much of what was recorded became a concept."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Base, Measure, not_null, row
from qundao.quality.rules.common import only_field, over_rows
from qundao.quality.source import Source


def unmapped(check: Check, source: Source) -> Measure:
    """Violated: the concept is 0. Counted: rows with a concept id."""
    field = only_field(check)
    zero = source.value(check.table, field).eq(0)
    return over_rows(check, source, zero, not_null(row(field)))


def unmapped_source_values(check: Check, source: Source) -> Measure:
    """Violated: a distinct source value that is mapped to 0. Counted: distinct source values."""
    field = only_field(check)
    source.need(check.table, check.argument)
    value, mapped = exp.column(field), source.value(check.table, check.argument, check.table)
    zero = exp.Case().when(mapped.eq(0), exp.Literal.number(1))
    query = (
        exp.select(value.as_("v"), exp.Max(this=zero).as_("zero"))
        .from_(check.table)
        .group_by(value.copy())
    )
    base = Base(f"values_{check.table}_{field}", lambda: query, check.table)
    return Measure(base, row("zero").eq(1), examples=(row("v"),), values=("v",))
