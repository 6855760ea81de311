"""How a source is read for a sweep: whole where its rows fit, else by stretches of persons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import count
from operator import call
from typing import Self

import numpy as np
from sqlglot import exp

from qundao.kernel.side_by_side import side_by_side
from qundao.query.compiler.sql import col, count_rows, in_range, is_in
from qundao.query.domains import DOMAINS, Domain
from qundao.query.engine import Engine
from qundao.query.sweep.columns import SOURCE, TABLE
from qundao.query.sweep.concept_ids import NOTHING, Ids, Items
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.needs import DomainNeeds, Needs
from qundao.query.sweep.reading import (
    Raw,
    Span,
    domain_query,
    read_domain,
    read_link,
    read_people,
    read_periods,
)
from qundao.query.sweep.slim import RawTables

_FEW_ROWS = 500_000
"""A table of so many rows is read whole: to ask for codes would cost more."""
_FEW_ENTRANTS = 200_000
"""Where no more events may let persons in, nothing is read of other persons."""
_FEW_RANGES = 8
_VALUE_BYTES = 8
_NUMBERS = count()
Told = Callable[[str], None]


class SlimSource:
    """The source's rows that some definitions need. Open while it is read.

    most_bytes: how many bytes of rows may be in memory at a time. `alone`: they are needed for
    one definition, and then of those alone whom it may let in.
    """

    def __init__(
        self,
        engine: Engine,
        needs: Needs,
        ids: Mapping[Items, Ids],
        most_bytes: int,
        tell: Told,
        *,
        alone: bool = False,
    ) -> None:
        self._engine, self._needs, self._tell = engine, needs, tell
        self._held, self._kept = ExitStack(), set[Domain]()
        self.unreadable: set[Domain] = set()
        rows = {d: self._rows(exp.table_(DOMAINS[d].table)) for d in needs.domains}
        self._queries = {
            d: domain_query(d, n, None if rows[d] <= _FEW_ROWS else _meant(n, ids))
            for d, n in needs.domains.items()
        }
        self._entrants: exp.Query | None = None
        self._spans: list[Span | None] = [None]
        try:
            if alone:
                self._ask_for_entrants(rows, ids)
            self._divide(rows, most_bytes)
        except BaseException:
            self._held.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def parts(self) -> int:
        """Return in how many stretches the persons are read."""
        return len(self._spans)

    def stretches(self) -> Iterator[RawTables]:
        """Yield the rows of one stretch of persons after the other."""
        return map(self._read, self._spans)

    def _read(self, span: Span | None) -> RawTables:
        """Return a stretch's rows, as many tables read at a time as the engine has a use for."""
        engine, links = self._engine, list(self._needs.links)
        reads: list[Callable[[], Raw]] = [
            partial(read_periods, engine, span, self._entrants),
            partial(self._people, span),
            *(partial(read_link, engine, link, span, self._entrants) for link in links),
            *(partial(self._domain, domain, span) for domain in self._queries),
        ]
        periods, people, *rest = side_by_side(call, reads, engine.at_once)
        told = dict(zip(links, rest[: len(links)], strict=True))
        found = zip(self._queries, rest[len(links) :], strict=True)
        return RawTables({d: raw for d, raw in found if raw}, told, periods, people)

    def _divide(self, rows: Mapping[Domain, int], most_bytes: int) -> None:
        """Take the persons in stretches where the rows of all would not fit."""
        if self._bytes(rows) <= most_bytes:
            return
        asked = {d: self._rows(q.subquery("q")) for d, q in self._queries.items()}
        parts = -(-self._bytes(asked) // most_bytes)
        if parts > 1:
            self._spans = [*self._stretches(parts)]
            for domain in [d for d in self._queries if d not in self._kept]:
                self._keep(domain)

    def _ask_for_entrants(self, rows: Mapping[Domain, int], ids: Mapping[Items, Ids]) -> None:
        """Ask of large tables for the persons alone who have an event that may let them in.

        These events are kept, and told the persons from: the source is read for them once.
        """
        entries = sorted(self._needs.entries)
        large = [d for d, n in rows.items() if n > _FEW_ROWS]
        if any(self._needs.domains[d].every for d in entries) or not large:
            return
        for domain in entries:
            needs = self._needs.domains[domain]
            self._queries[domain] = domain_query(domain, needs, _meant(needs, ids))
            self._keep(domain)
        persons = [self._persons(d) for d in entries]
        entrants = exp.union(*persons, distinct=False) if len(persons) > 1 else persons[0]
        for domain in large:
            if domain not in entries:
                person = col(TABLE, DOMAINS[domain].person)
                self._queries[domain] = self._queries[domain].where(person.isin(query=entrants))
        if sum(self._rows(self._queries[d].subquery("q")) for d in entries) <= _FEW_ENTRANTS:
            self._entrants = entrants

    def _persons(self, domain: Domain) -> exp.Select:
        """Return the query for the persons whose events of a domain are kept."""
        kept = self._queries[domain]
        return exp.select(kept.selects[0].copy()).from_(kept.args["from_"].this.copy())

    def _people(self, span: Span | None) -> Raw:
        if not self._needs.person:
            return {"person_id": NOTHING}
        return read_people(self._engine, sorted(self._needs.person), span, self._entrants)

    def _domain(self, domain: Domain, span: Span | None) -> Raw:
        """Return the events of a domain; no column at all where it cannot be read."""
        self._tell(DOMAINS[domain].table)
        values = self._needs.domains[domain].values
        try:
            return read_domain(self._engine, self._queries[domain], values, span)
        except UnfitError:
            self.unreadable.add(domain)
            return {}

    def _bytes(self, rows: Mapping[Domain, int]) -> int:
        return sum(n * _VALUE_BYTES * len(self._needs.domains[d].values) for d, n in rows.items())

    def _rows(self, table: exp.Expr) -> int:
        found = self._engine.query(exp.select(count_rows().as_("n")).from_(table))
        return int(found[0][0].as_py())

    def _stretches(self, parts: int) -> Iterator[Span]:
        """Yield stretches of ids with about as many persons each; the outer ones are open."""
        period = exp.select(col(TABLE, "person_id"))
        rows = self._engine.query(period.from_(exp.table_("observation_period", alias=TABLE)))
        ids = np.unique(rows[0].drop_null().to_numpy().astype(np.int64))
        at = [ids[len(ids) * i // parts] for i in range(1, parts)] if len(ids) else []
        begun = np.iinfo(np.int64).min
        for end in sorted({int(i) for i in at}):
            yield Span(begun, end - 1)
            begun = end
        yield Span(begun, np.iinfo(np.int64).max)

    def _keep(self, domain: Domain) -> None:
        """Keep a domain's slim rows under a name of their own, so that the source is read once."""
        self._tell(DOMAINS[domain].table)
        query = self._queries[domain]
        name = f"sweep_{next(_NUMBERS)}_{domain}"  # another sweep may be under way
        kept = self._held.enter_context(self._engine.scratch(name, query))
        names = [exp.column(n) for n in query.named_selects]
        self._queries[domain] = exp.select(*names).from_(kept)
        self._kept.add(domain)


def _meant(needs: DomainNeeds, ids: Mapping[Items, Ids]) -> exp.Expr | None:
    """Return the condition that a row's code and day are asked for; None where all rows are."""
    asked = [c for c in (_of_code(needs, ids), _of_day(needs)) if c is not None]
    return exp.and_(*asked) if asked else None


def _of_code(needs: DomainNeeds, ids: Mapping[Items, Ids]) -> exp.Expr | None:
    if needs.every:
        return None
    wanted = (
        (needs.values["concept_id"], needs.concepts),
        (needs.values.get(SOURCE), needs.sources),
    )
    return exp.or_(*(_among(v, sets, ids) for v, sets in wanted if sets and v is not None))


def _of_day(needs: DomainNeeds) -> exp.Expr | None:
    """Return the condition on the day an event begins, where all criteria have one."""
    ranges = [r for r in needs.starts if r is not None]
    if len(ranges) < len(needs.starts) or len(ranges) > _FEW_RANGES:
        return None
    first = needs.values["start_date"]
    return exp.or_(*(in_range(first.copy(), r) for r in sorted(ranges, key=repr)))


def _among(value: exp.Expr, sets: set[Items], ids: Mapping[Items, Ids]) -> exp.Expr:
    wanted = np.unique(np.concatenate([ids[s] for s in sets]))
    return is_in(value.copy(), wanted.tolist()) if len(wanted) else exp.false()
