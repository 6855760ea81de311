"""Pieces that several families of rules use."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import ROW, Base, Lookup, Measure, Shared, not_null, row
from qundao.quality.source import Source

ROWS = "n"


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
    """Return a measure over the rows of the check's own table.

    What depends on one concept field alone is asked of each value once, with how often it occurs:
    a table holds few concepts, and each may be looked up.
    """
    names = named(check, source)
    by_row = Measure(Base(check.table), violated, counted, lookups, names, check.fields)
    field = _concept_alone(check, source, violated, counted, *(look.on for look in lookups))
    if field is None:
        return by_row
    base = counted_by(check.table, field)
    return Measure(base, violated, counted, lookups, (), (field,), rowwise=lambda: by_row)


def counted_by(table: str, *fields: str) -> Base:
    """Return the distinct values of fields, each with how many rows have it."""

    def query() -> exp.Query:
        columns = [row(f) for f in fields]
        counted = exp.select(*columns, exp.Count(this=exp.Star()).as_(ROWS))
        return counted.from_(exp.to_table(table).as_(ROW)).group_by(*(c.copy() for c in columns))

    def single() -> exp.Query:
        value, rows = row(fields[0]), exp.to_table(table).as_(ROW)
        held = exp.Count(this=value.copy()).as_(ROWS)
        with_it = exp.select(exp.Min(this=value).as_(fields[0]), held).from_(rows)
        others = exp.Count(this=exp.Star()) - exp.Count(this=value.copy())
        without = exp.select(exp.null().as_(fields[0]), others.as_(ROWS)).from_(rows.copy())
        both = exp.union(with_it, without, distinct=False).subquery("both")
        return exp.select(fields[0], ROWS).from_(both).where(exp.column(ROWS) > 0)

    name = f"{table}_by_{'_'.join(fields)}"
    if len(fields) > 1:
        return Base(name, query, table, ROWS)
    return Base(name, query, table, ROWS, by=fields[0], single=single)


def _concept_alone(check: Check, source: Source, *parts: exp.Expr | None) -> str | None:
    """Return the one field that all parts speak of, if it points at a concept."""
    columns = (c for part in parts if part is not None for c in part.find_all(exp.Column))
    fields = {c.name for c in columns if c.table == ROW}
    if len(fields) != 1 or not source.is_concept(check.table, *fields):
        return None
    return fields.pop()


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
    return Shared(f"keys_{table}_{field}", query, over=table)


def first_per(name: str, table: str, key: str, *values: exp.Expr) -> Shared:
    """Return one row per key: the key as `k`, then each aliased aggregate of `values`."""
    query = exp.select(exp.column(key).as_("k"), *values).from_(table).group_by(exp.column(key))
    return Shared(name, query, over=table)
