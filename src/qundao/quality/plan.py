"""Puts measures together: one aggregate query per base, however many checks look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.finding import MOST_EXAMPLES
from qundao.quality.measure import (
    NOTHING_KEPT,
    Base,
    Kept,
    Lookup,
    Measure,
    Shared,
    count_rows,
    joined,
    row,
    shared_of,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a query counted for one check. `filled` is False where its field is empty throughout."""

    violated: int
    counted: int
    rows: int
    filled: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """Checks that one query answers, because they look at the same base."""

    base: Base
    measures: tuple[tuple[Check, Measure], ...]

    def query(self, kept: Kept = NOTHING_KEPT) -> exp.Select:
        """Return the query: all rows, then per check violated and counted, then fields filled."""
        columns: list[exp.Expr] = [count_rows(self.base).as_("n")]
        for i, (_, measure) in enumerate(self.measures):
            columns.append(measure.count_violated().as_(f"v{i}"))
            if measure.counted is not None:
                columns.append(measure.count(measure.counted).as_(f"c{i}"))
        values = sorted({v for _, m in self.measures for v in m.values})
        columns.extend(exp.Count(this=row(name)).as_(f"f_{name}") for name in values)
        return joined(self.base, self._lookups(), columns, kept)

    def shared(self) -> tuple[Shared, ...]:
        """Return what the scan reads besides its base."""
        return shared_of(self.base, self._lookups())

    def counts(self, answer: Mapping[str, Any]) -> Iterator[tuple[Check, Counts]]:
        """Read the query's single row, check by check."""
        held = {name: int(count or 0) for name, count in answer.items()}  # NULL where no row is
        rows = held["n"]
        for i, (check, measure) in enumerate(self.measures):
            filled = all(held[f"f_{name}"] for name in measure.values)
            yield check, Counts(held[f"v{i}"], held.get(f"c{i}", rows), rows, filled)

    def without_rows(self) -> Iterator[tuple[Check, Counts]]:
        """Return what there is to count, check by check, where the base has no rows."""
        return ((check, Counts(0, 0, 0, not m.values)) for check, m in self.measures)

    def alone(self) -> Iterator[Scan]:
        """Return each check as a scan of its own, over the rows themselves."""
        for check, measure in self.measures:
            own = measure.by_row()
            yield Scan(own.base, ((check, own),))

    def _lookups(self) -> Iterator[Lookup]:
        return (look for _, measure in self.measures for look in measure.lookups)


@dataclass(slots=True)
class _Group:
    base: Base
    measures: list[tuple[Check, Measure]] = field(default_factory=list)


def rows_query(tables: Sequence[str]) -> exp.Select:
    """Return the query that tells, table by table, 1 where it has a row and 0 where it has none."""

    def one(table: str) -> exp.Expr:
        first = exp.select(exp.Literal.number(1).as_("one")).from_(exp.to_table(table)).limit(1)
        return exp.select(exp.Count(this=exp.Star())).from_(first.subquery("first")).subquery()

    return exp.select(*(one(table).as_(f"n{i}") for i, table in enumerate(tables)))


def fuse(measures: Iterable[tuple[Check, Measure]]) -> tuple[Scan, ...]:
    """Return one scan per base, in the order in which bases first occur."""
    groups: dict[str, _Group] = {}
    for check, measure in measures:
        group = groups.setdefault(measure.base.name, _Group(measure.base))
        group.measures.append((check, measure))
    return tuple(Scan(g.base, tuple(g.measures)) for g in groups.values())


def examples_query(measure: Measure, kept: Kept = NOTHING_KEPT) -> exp.Select:
    """Return the query for keys of rows that violate a measure: any of them, the soonest found."""
    columns = [e.copy() for e in measure.examples]
    query = joined(
        measure.base,
        measure.lookups,
        [exp.cast(c, "TEXT").as_(f"k{i}") for i, c in enumerate(columns)],
        kept,
    )
    return query.where(measure.violated.copy()).limit(MOST_EXAMPLES)
