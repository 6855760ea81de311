"""A site's own condition over a row (`quality.site.custom`), compiled like the catalogue's."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.condition import read_condition
from qundao.quality.measure import Base, Measure
from qundao.quality.rules.common import named
from qundao.quality.rules.conditions import Writer
from qundao.quality.source import Source


def condition(check: Check, source: Source) -> Measure:
    """Violated: what stands after `=>` is true. Counted: what stands before it (none: all rows)."""
    told = read_condition(check.argument)
    writer = Writer(check, source)
    writer.need(told)
    violated: exp.Expr = exp.paren(writer.write(told.must))
    counted = None if told.when is None else exp.paren(writer.write(told.when))
    if counted is not None:
        violated = exp.and_(counted.copy(), violated)
    lookups = tuple(writer.lookups.values())
    return Measure(Base(check.table), violated, counted, lookups, named(check, source))
