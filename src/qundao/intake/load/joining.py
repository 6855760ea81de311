"""What a mapping takes from other sources: per key, the first row that has it, and how many do.

A source that others are joined to is read before them; its rows are put together once it is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from qundao.intake.load.layout import FILE
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.source import PLACE

ROWS = "_rows"
"""The column that tells how many rows have the key."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows of a source put together by key columns, with the columns that rules take of them."""

    source: str
    keys: tuple[str, ...]
    taken: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name of the table that holds them."""
        return joined_name(self.source, self.keys)

    @property
    def held(self) -> str:
        """Return the name of the table that the source's own rows go to."""
        return held_name(self.source)

    def query(self, rows: exp.Expr) -> exp.Select:
        """Return the query that puts rows together."""
        order = [exp.column(FILE), exp.column(PLACE)]
        keys = [exp.cast(exp.column(k, quoted=True), "TEXT") for k in self.keys]
        first = [_first(column, order).as_(column, quoted=True) for column in self.taken]
        there = [exp.not_(exp.Is(this=k.copy(), expression=exp.null())) for k in keys]
        named = [k.as_(key_name(i)) for i, k in enumerate(keys)]
        counted = exp.Count(this=exp.Star()).as_(ROWS)
        query = exp.select(*named, *first, counted).from_(rows).where(*there)
        return query.group_by(*(k.copy() for k in keys))


def key_name(number: int) -> str:
    """Return the name of a key's column in a joined table."""
    return f"_key_{number}"


def joined_name(source: str, keys: Sequence[str]) -> str:
    """Return the name of the table of a source's rows by these key columns."""
    told = hashlib.sha256("\x1f".join(keys).encode("utf-8")).hexdigest()[:8]
    return f"joined_{source}_{told}"


def held_name(source: str) -> str:
    """Return the name of the table that holds a source's rows for others to join."""
    return f"held_{source}"


def all_joined(mapping: Document) -> Sequence[Joined]:
    """Return what is joined anywhere in a mapping, each source and key once."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for join in (j for rule in mapping.tables for j in rule.joins):
        keys = tuple(column for column, _ in join.on)
        found.setdefault((join.source, keys), {}).update(dict.fromkeys(join.take.values()))
    return [Joined(source, keys, tuple(taken)) for (source, keys), taken in found.items()]


def joined_first(sources: Mapping[str, object], mapping: Document) -> Sequence[str]:
    """Return the sources so that those that are joined come before those that join them."""
    needs: dict[str, set[str]] = {name: set() for name in sources}
    for rule in mapping.tables:
        needs[rule.source] |= {join.source for join in rule.joins}
    ordered: dict[str, None] = {}

    def place(name: str, above: frozenset[str]) -> None:
        for other in sorted(needs[name] - above - set(ordered)):
            place(other, above | {name})
        ordered[name] = None

    for name in sources:
        if name not in ordered:
            place(name, frozenset())
    return list(ordered)


def _first(column: str, order: Sequence[exp.Expr]) -> exp.Expr:
    ordered = exp.Order(this=exp.column(column, quoted=True), expressions=list(order))
    return exp.Anonymous(this="first", expressions=[ordered])
