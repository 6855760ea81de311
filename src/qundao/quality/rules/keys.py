"""Rules about keys: unique where they identify, present where they point."""

from __future__ import annotations

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.finding import MOST_EXAMPLES
from qundao.quality.key_sets import KeyColumn, KeyQuestion
from qundao.quality.measure import Measure, is_null, not_null, row
from qundao.quality.rules.common import ROWS, counted_by, only_field, over_rows, target
from qundao.quality.rules.key_blocks import REPEATED, counted_by_block, repeated_keys
from qundao.quality.rules.lookups import keyed
from qundao.quality.source import Source


def primary(check: Check, source: Source) -> Measure:
    """Violated: every row whose whole key occurs again. Rows with an empty part are not keys."""
    key = check.fields[0]
    if len(check.fields) == 1 and source.actual(check.table, key) is Kind.INTEGER:
        return _by_block(check.table, key)
    return _by_key(check.table, check.fields)


def _by_key(table: str, fields: tuple[str, ...]) -> Measure:
    whole = (not_null(row(f)) for f in fields)
    violated = exp.and_(row(ROWS) > 1, *whole)
    keys = tuple(row(f) for f in fields)
    return Measure(counted_by(table, *fields), violated, examples=keys, values=fields)


def _by_block(table: str, key: str) -> Measure:
    def repeated() -> Measure:
        base = repeated_keys(table, key, MOST_EXAMPLES)
        return Measure(base, not_null(row(key)), examples=(row(key),))

    return Measure(
        counted_by_block(table, key),
        not_null(row(key)),
        values=(key,),
        at_fault=REPEATED,
        rowwise=lambda: _by_key(table, (key,)),
        shown=repeated,
        keys=KeyQuestion(KeyColumn(table, key)),
    )


def foreign(check: Check, source: Source) -> Measure:
    """Violated: a value that the target's field does not hold. Counted: every row."""
    field = only_field(check)
    table, key = target(check)
    source.need(table, key)
    lookup = keyed(field, table, key, source)
    absent = is_null(exp.column("k", table=lookup.alias))
    dangling = exp.and_(source.present(check.table, field), absent)
    return over_rows(check, source, dangling, None, lookup)
