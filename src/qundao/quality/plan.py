"""Puts measures together: one aggregate query per base, however many checks look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.counts import Counts
from qundao.quality.finding import MOST_EXAMPLES
from qundao.quality.joining import by_field, joined, shared_of, without_lookups
from qundao.quality.key_reader import KeyReader
from qundao.quality.measure import (
    NOTHING_KEPT,
    Base,
    Kept,
    Lookup,
    Measure,
    Shared,
    count_rows,
    row,
)
from qundao.quality.tally import CONCEPT, Record, Tally, by_concept
from qundao.query.engine import Engine


@dataclass(frozen=True, slots=True)
class Scan:
    """Checks that one query answers, because they look at the same base."""

    base: Base
    measures: tuple[tuple[Check, Measure], ...]

    def run(
        self, engine: Engine, kept: Kept = NOTHING_KEPT, empty: Collection[str] = ()
    ) -> Sequence[tuple[Check, Counts]]:
        """Ask the engine, and return what it counted check by check. Raises its errors."""
        return tuple(self.counts(engine.records(self.query(kept, empty))))

    def query(self, kept: Kept = NOTHING_KEPT, empty: Collection[str] = ()) -> exp.Select:
        """Return the query: all rows, then per check violated and counted, then fields filled.

        Nothing is looked up in tables known to be `empty`.
        """
        columns: list[exp.Expr] = [count_rows(self.base).as_("n")]
        for i, (_, measure) in enumerate(self.measures):
            columns.append(measure.count_violated().as_(f"v{i}"))
            if measure.counted is not None:
                columns.append(measure.count(measure.counted).as_(f"c{i}"))
        values = sorted({v for _, m in self.measures for v in m.values})
        columns.extend(exp.Count(this=row(name)).as_(f"f_{name}") for name in values)
        lookups = self._lookups()
        vain = {look.alias for look in lookups if look.shared.over in empty}
        columns = [without_lookups(column, vain) for column in columns]
        return joined(self.base, (k for k in lookups if k.alias not in vain), columns, kept)

    def shared(self, empty: Collection[str] = ()) -> tuple[Shared, ...]:
        """Return what the scan reads besides its base."""
        found = (look for look in self._lookups() if look.shared.over not in empty)
        return shared_of(self.base, found)

    def groups(self, empty: Collection[str] = ()) -> list[list[Lookup]]:
        """Return the lookups, by the field by which they look."""
        return by_field(look for look in self._lookups() if look.shared.over not in empty)

    def tables(self) -> set[str]:
        """Return the tables without whose rows the scan, or a lookup of it, finds nothing."""
        over = (look.shared.over for look in self._lookups())
        return {self.base.table, *(name for name in over if name)}

    def counts(self, answer: Sequence[Record]) -> Iterator[tuple[Check, Counts]]:
        """Read the query's single row, check by check."""
        held = {name: int(count or 0) for name, count in answer[0].items()}  # NULL: no row is
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

    def _lookups(self) -> Sequence[Lookup]:
        return list({k.alias: k for _, measure in self.measures for k in measure.lookups}.values())


@dataclass(frozen=True, slots=True)
class TallyScan(Scan):
    """Checks that are read off the base's own rows."""

    def query(self, kept: Kept = NOTHING_KEPT, _: Collection[str] = ()) -> exp.Select:
        """Return the query: the base's rows that count a concept of these checks."""
        asked = sorted({c for _, tally in self._tallies() for c in tally.concepts})
        known = row(CONCEPT).isin(*(exp.Literal.number(c) for c in asked))
        return joined(self.base, (), [exp.Star()], kept, known)

    def counts(self, answer: Sequence[Record]) -> Iterator[tuple[Check, Counts]]:
        """Read the rows, check by check."""
        held = by_concept(answer)
        for check, tally in self._tallies():
            violated, counted = tally.read(held)
            yield check, Counts(violated, counted, counted, filled=True)

    def _tallies(self) -> Iterator[tuple[Check, Tally]]:
        return ((check, m.tally) for check, m in self.measures if m.tally)


@dataclass(frozen=True, slots=True)
class KeyScan(Scan):
    """Checks that are answered by reading columns of keys; where that fails, by the query."""

    def run(
        self, engine: Engine, kept: Kept = NOTHING_KEPT, empty: Collection[str] = ()
    ) -> Sequence[tuple[Check, Counts]]:
        """Read the columns, each once, and return what they tell check by check."""
        read = KeyReader(engine)
        told = {check.id: read.answer(m.keys) for check, m in self.measures if m.keys}
        rest = tuple((c, m) for c, m in self.measures if told.get(c.id) is None)
        if rest:
            told |= {c.id: counts for c, counts in Scan(self.base, rest).run(engine, kept, empty)}
        return tuple((check, counts) for check, _ in self.measures if (counts := told[check.id]))

    def shared(self, _: Collection[str] = ()) -> tuple[Shared, ...]:
        """Return nothing: what the query reads is worked out only where it is needed."""
        return ()


def rows_query(tables: Sequence[str]) -> exp.Select:
    """Return the query that tells, table by table, 1 where it has a row and 0 where it has none."""

    def one(table: str) -> exp.Expr:
        first = exp.select(exp.Literal.number(1).as_("one")).from_(exp.to_table(table)).limit(1)
        return exp.select(exp.Count(this=exp.Star())).from_(first.subquery("first")).subquery()

    return exp.select(*(one(table).as_(f"n{i}") for i, table in enumerate(tables)))


def fuse(measures: Iterable[tuple[Check, Measure]], *, in_process: bool) -> tuple[Scan, ...]:
    """Return one scan per base and kind of scan, in the order in which they first occur.

    Keys are read one by one only where the engine's rows are at hand, `in_process`.
    """
    groups: dict[tuple[str, type[Scan]], list[tuple[Check, Measure]]] = {}
    for check, measure in measures:
        kind = _kind(measure, in_process=in_process)
        groups.setdefault((measure.base.name, kind), []).append((check, measure))
    return tuple(kind(own[0][1].base, tuple(own)) for (_, kind), own in groups.items())


def _kind(measure: Measure, *, in_process: bool) -> type[Scan]:
    if measure.tally:
        return TallyScan
    return KeyScan if measure.keys and in_process else Scan


def examples_query(measure: Measure, kept: Kept = NOTHING_KEPT) -> exp.Select:
    """Return the query for keys of rows that violate a measure: any of them, the soonest found."""
    columns = [e.copy() for e in measure.examples]
    named = [exp.cast(c, "TEXT").as_(f"k{i}") for i, c in enumerate(columns)]
    query = joined(measure.base, measure.lookups, named, kept, measure.violated)
    return query.limit(MOST_EXAMPLES, copy=False)
