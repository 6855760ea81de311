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
from qundao.query.compiler.sql import col, count_rows, is_in
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
        self._held = ExitStack()
        self.unreadable: set[Domain] = set()
        rows = {d: self._rows(exp.table_(DOMAINS[d].table)) for d in needs.domains}
        self._queries = {
            d: domain_query(d, n, None if rows[d] <= _FEW_ROWS else _meant(n, ids))
            for d, n in needs.domains.items()
        }
        for domain in self._following(rows) if alone else ():
            self._queries[domain] = self._of_entrants(self._queries[domain], domain, ids)
        self._spans: list[Span | None] = [None]
        if self._bytes(rows) > most_bytes:
            rows = {d: self._rows(q.subquery("q")) for d, q in self._queries.items()}
            parts = -(-self._bytes(rows) // most_bytes)
            if parts > 1:
                self._spans = [*self._stretches(parts)]
                self._keep()

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
            partial(read_periods, engine, span),
            partial(self._people, span),
            *(partial(read_link, engine, link, span) for link in links),
            *(partial(self._domain, domain, span) for domain in self._queries),
        ]
        periods, people, *rest = side_by_side(call, reads, engine.at_once)
        told = dict(zip(links, rest[: len(links)], strict=True))
        found = zip(self._queries, rest[len(links) :], strict=True)
        return RawTables({d: raw for d, raw in found if raw}, told, periods, people)

    def _following(self, rows: Mapping[Domain, int]) -> list[Domain]:
        """Return the large domains that are looked at only for persons whom others let in."""
        entries = [self._needs.domains[d] for d in self._needs.entries]
        if any(needs.every for needs in entries):
            return []
        large = [d for d, n in rows.items() if n > _FEW_ROWS and d not in self._needs.entries]
        return [d for d in large if self._rows(self._queries[d].subquery("q")) > _FEW_ROWS]

    def _of_entrants(
        self, query: exp.Select, domain: Domain, ids: Mapping[Items, Ids]
    ) -> exp.Select:
        """Return the rows of persons who have an event that may let them in."""
        entering = [
            exp.select(col(TABLE, DOMAINS[d].person))
            .from_(exp.table_(DOMAINS[d].table, alias=TABLE))
            .where(_meant(self._needs.domains[d], ids))
            for d in sorted(self._needs.entries)
        ]
        persons = exp.union(*entering, distinct=False) if len(entering) > 1 else entering[0]
        return query.where(col(TABLE, DOMAINS[domain].person).isin(query=persons))

    def _people(self, span: Span | None) -> Raw:
        if not self._needs.person:
            return {"person_id": NOTHING}
        return read_people(self._engine, sorted(self._needs.person), span)

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

    def _keep(self) -> None:
        """Keep the slim rows under names of their own, so that the source is read once."""
        for domain, query in self._queries.items():
            self._tell(DOMAINS[domain].table)
            name = f"sweep_{next(_NUMBERS)}_{domain}"  # another sweep may be under way
            kept = self._held.enter_context(self._engine.scratch(name, query))
            names = [exp.column(n) for n in query.named_selects]
            self._queries[domain] = exp.select(*names).from_(kept)


def _meant(needs: DomainNeeds, ids: Mapping[Items, Ids]) -> exp.Expr | None:
    """Return the condition that a row's code is asked for; None where all rows are."""
    if needs.every:
        return None
    wanted = (
        (needs.values["concept_id"], needs.concepts),
        (needs.values.get(SOURCE), needs.sources),
    )
    return exp.or_(*(_among(v, sets, ids) for v, sets in wanted if sets and v is not None))


def _among(value: exp.Expr, sets: set[Items], ids: Mapping[Items, Ids]) -> exp.Expr:
    wanted = np.unique(np.concatenate([ids[s] for s in sets]))
    return is_in(value.copy(), wanted.tolist()) if len(wanted) else exp.false()
