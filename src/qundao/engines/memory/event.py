"""An event of any domain, and what definitions are executed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from qundao.engines.memory.concepts import concepts_of
from qundao.engines.memory.tables import Tables
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import Anchor

Bounds = tuple[date, date]
"""The first and last day of an observation period."""


@dataclass(frozen=True)
class Event:
    """An event of any domain; `bounds` is the observation period of an index event.

    `sort` is the date by which entry events are put in order, `counted` what is counted once.
    """

    person_id: int
    event_id: int
    start: date
    end: date | None
    concept_id: int | None
    visit_id: int | None
    sort: date
    counted: Any = None
    bounds: Bounds | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Return what names the event."""
        return self.person_id, self.event_id

    def on(self, anchor: Anchor) -> date | None:
        """Return the start or end date."""
        return self.start if anchor is Anchor.START else self.end


@dataclass(frozen=True)
class Context:
    """What a definition is executed over: tables, and its concept sets resolved."""

    tables: Tables
    concepts: Mapping[str, set[int]]


def context(tables: Tables, sets: Iterable[ConceptSet]) -> Context:
    """Return a context with every concept set resolved."""
    return Context(tables, {s.name: concepts_of(tables, s) for s in sets})
