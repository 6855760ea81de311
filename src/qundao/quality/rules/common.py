"""Pieces that several families of rules use."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Base, Lookup, Measure, Shared, not_null, row
from qundao.quality.source import Source


def named(check: Check, source: Source) -> tuple[exp.Expr, ...]:
    """Return what names a row: the table's keys that are there, else the check's fields."""
    keys = source.model[check.table].keys or check.fields
    return tuple(row(k) for k in keys if source.has(check.table, k))


def over_rows(
    check: Check,
    source: Source,
    violated: exp.Expr,
    counted: exp.Expr | None = None,
    *lookups: Lookup,
) -> Measure:
    """Return a measure over the rows of the check's own table."""
    names = named(check, source)
    return Measure(Base(check.table), violated, counted, lookups, names, check.fields)


def only_field(check: Check) -> str:
    """Return the check's single field."""
    (field,) = check.fields
    return field


def target(check: Check) -> tuple[str, str]:
    """Return the table and field that an argument such as `concept.concept_id` names."""
    table, _, field = check.argument.partition(".")
    return table, field


def distinct(table: str, field: str) -> Shared:
    """Return the distinct values of a field, each once."""
    column = exp.column(field)
    query = exp.select(column.as_("k")).distinct().from_(table).where(not_null(column.copy()))
    return Shared(f"keys_{table}_{field}", query)


def first_per(name: str, table: str, key: str, *values: exp.Expr) -> Shared:
    """Return one row per key: the key as `k`, then each aliased aggregate of `values`."""
    query = exp.select(exp.column(key).as_("k"), *values).from_(table).group_by(exp.column(key))
    return Shared(name, query)
