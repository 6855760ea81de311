"""Rules told by a condition (`quality.condition`): what a row's values must be to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.condition import Condition, read_condition
from qundao.quality.measure import ROW, Lookup, Measure, Shared, not_null
from qundao.quality.rules.common import over_rows
from qundao.quality.rules.dates import day_of, days_between, study_day
from qundao.quality.rules.related import comparable, lookup, value
from qundao.quality.source import Source

_NUMBER = "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"
_TOLERANCE = "0.000001"


def consistent(check: Check, source: Source) -> Measure:
    """Violated: the condition applies and does not hold. Counted: it applies and can be told."""
    condition = read_condition(check.argument)
    writer = Writer(check, source)
    writer.need(condition)
    must = exp.paren(writer.write(condition.must))
    told = not_null(must.copy())
    applies = None if condition.when is None else exp.paren(writer.write(condition.when))
    violated: exp.Expr = exp.not_(must)
    if applies is not None:
        violated, told = exp.and_(applies, violated), exp.and_(applies.copy(), told)
    measure = over_rows(check, source, violated, told, *writer.lookups.values())
    return _by_case(measure)


def only_one(check: Check, source: Source) -> Measure:
    """Violated: another row of the same key holds the condition too. Counted: rows that hold it.

    A blank part of the key equals a blank one.
    """
    condition = read_condition(check.argument or "1 = 1")
    inner, outer = Writer(check, source), Writer(check, source)
    inner.need(condition)
    source.need(check.table, *check.fields)
    keys = [_as_text(source, check.table, f, check.table) for f in check.fields]
    query = (
        exp.select(*(k.as_(f"k{i}") for i, k in enumerate(keys)))
        .from_(check.table)
        .where(inner.write(condition.must, check.table, check.table))
        .group_by(*(k.copy() for k in keys))
        .having(exp.Count(this=exp.Star()) > 1)
    )
    alias = f"several_{check.question}_{check.table}".replace("-", "_").lower()
    mine = (_as_text(source, check.table, f, ROW) for f in check.fields)
    on = exp.and_(*(m.eq(exp.column(f"k{i}", table=alias)) for i, m in enumerate(mine)))
    several = Lookup(alias, Shared(f"rows_{alias}", query), on)
    holds = exp.paren(outer.write(condition.must))
    again = exp.and_(holds.copy(), not_null(exp.column("k0", table=alias)))
    return _by_case(over_rows(check, source, again, holds, several))


@dataclass
class Writer:
    """Writes conditions over the rows of a check's table and collects the lookups they need."""

    check: Check
    source: Source
    lookups: dict[str, Lookup] = field(default_factory=dict)

    def need(self, condition: Condition) -> None:
        """Raise MissingError unless the check's table has every field that is named."""
        self.source.need(self.check.table, *condition.own())

    def write(self, node: exp.Expr, table: str = "", alias: str = ROW) -> exp.Expr:
        """Return the expression over `table` (by default the check's own) under `alias`."""
        table = table or self.check.table
        if isinstance(node, exp.Column):
            return self._field(node, table, alias)
        if isinstance(node, exp.Anonymous | exp.First | exp.Last):
            return self._function(node, table, alias)
        written = node.copy()
        for name, part in node.args.items():
            if isinstance(part, exp.Expr):
                written.set(name, self.write(part, table, alias))
            elif isinstance(part, list):
                written.set(name, [self.write(p, table, alias) for p in part])
        return written

    def _field(self, node: exp.Column, table: str, alias: str, *, last: bool = False) -> exp.Expr:
        if not node.table:
            return value(self.source, table, node.name, alias)
        found = lookup(node.table, node.name, self.check, self.source, self.write, last=last)
        self.lookups[found.alias] = found
        return exp.column("v", table=found.alias)

    def _function(self, node: exp.Expr, table: str, alias: str) -> exp.Expr:
        if isinstance(node, exp.First | exp.Last):
            column = node.this
            return self._field(column, table, alias, last=isinstance(node, exp.Last))
        parts = [self.write(p, table, alias) for p in node.expressions]
        return _FUNCTIONS[node.name](*parts)


def _by_case(measure: Measure) -> Measure:
    """Return the measure without fields that must be filled: its count says if it applies."""
    return Measure(
        measure.base,
        measure.violated,
        measure.counted,
        measure.lookups,
        measure.examples,
    )


def _as_text(source: Source, table: str, name: str, alias: str) -> exp.Expr:
    read = comparable(source, table, name, alias)
    if source.declared(table, name) is not Kind.TEXT:
        read = exp.cast(read, "TEXT")
    return exp.func("COALESCE", read, exp.Literal.string(""))


def _number_of(text: exp.Expr) -> exp.Expr:
    written = exp.RegexpLike(this=text, expression=exp.Literal.string(_NUMBER))
    return exp.Case().when(written, exp.cast(text.copy(), "DOUBLE"))


def _near(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """Return whether two numbers are equal but for the rounding of binary fractions."""
    off = exp.Abs(this=exp.paren(exp.Sub(this=exp.paren(a), expression=exp.paren(b))))
    room = exp.paren(exp.Abs(this=b.copy()) + 1) * exp.Literal.number(_TOLERANCE)
    return exp.LTE(this=off, expression=room)


def _matches(text: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    return exp.RegexpLike(this=text, expression=pattern)


def _prefix(text: exp.Expr, length: exp.Expr) -> exp.Expr:
    return exp.Left(this=text, expression=length)


def _yes(flag: exp.Expr) -> exp.Expr:
    """Return whether a flag is Y; blank is not."""
    return exp.paren(exp.func("COALESCE", flag, exp.Literal.string("")).eq("Y"))


def _days(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    return exp.paren(days_between(start, end) + 1)


_FUNCTIONS: Mapping[str, Callable[..., exp.Expr]] = {
    "date_of": day_of,
    "number_of": _number_of,
    "matches": _matches,
    "near": _near,
    "prefix": _prefix,
    "study_day": study_day,
    "days": _days,
    "yes": _yes,
}
"""The functions of `condition.FUNCTIONS`; `first` and `last` choose a row and stand above."""
