"""The slim tables of some persons: what the source was read for, once, for all definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from qundao.kernel.side_by_side import side_by_side
from qundao.query.criteria import Attribute, CodedBySet, Criterion, PersonBySet
from qundao.query.domains import Domain, Link
from qundao.query.population import Population
from qundao.query.sweep.concept_ids import Ids
from qundao.query.sweep.days import Mask
from qundao.query.sweep.events import events_of
from qundao.query.sweep.found import Found
from qundao.query.sweep.people import Facts, People, Periods
from qundao.query.sweep.reading import Raw
from qundao.query.sweep.tables import EventTable, LinkTable

AT_ONCE = 2
"""Sorting leaves the interpreter free. Two: each piece has columns of its own in memory, and most
machines of a member two cores."""

Key = tuple[Hashable, ...]
SetNumbers = Mapping[str, int]
"""Which of the batch's concept sets a definition's name stands for."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A definition whose concept sets are known by number."""

    population: Population
    sets: SetNumbers


@dataclass
class RawTables:
    """What was read of some persons, column by column, before it is put in order."""

    domains: dict[Domain, Raw]
    links: dict[Link, Raw]
    periods: Raw
    person: Raw


class Slim:
    """The slim tables, and the events found in them that are asked for again."""

    def __init__(
        self, raw: RawTables, sets: Sequence[Ids], definitions: Iterable[Prepared]
    ) -> None:
        tables = [*raw.domains.values(), *raw.links.values(), raw.periods, raw.person]
        self.people = People([t["person_id"] for t in tables if "person_id" in t])
        self.facts = Facts(self.people, raw.person)
        self.links: Mapping[Link, LinkTable] = {
            link: LinkTable(self.people, t) for link, t in raw.links.items()
        }
        self.domains: Mapping[Domain, EventTable] = self._in_order(raw.domains)
        self.periods = Periods(self.people, raw.periods, self._with_events())
        self.sets = sets
        self._left = Counter(key_of(c, d.sets) for d in definitions for c in d.population.criteria)
        self._kept: dict[Key, Found] = {}
        self._lock = Lock()  # definitions are worked out side by side

    def _in_order(self, raw: Mapping[Domain, Raw]) -> Mapping[Domain, EventTable]:
        """Put the events of every domain in order."""
        made = side_by_side(
            lambda rows: EventTable(self.people, rows), raw.values(), AT_ONCE, ahead=AT_ONCE
        )
        return dict(zip(raw, made, strict=True))

    def _with_events(self) -> Mask:
        """Return who has any event: nobody else's observation is looked at."""
        found: Mask = np.zeros(self.people.size, np.bool_)
        for table in self.domains.values():
            found[table.columns["person"]] = True
        return found

    def kept(self, criterion: Criterion, asking: Asking) -> Found:
        """Return a criterion's events; they are held until nobody asks for them again."""
        key = key_of(criterion, asking.numbers)
        with self._lock:
            self._left[key] -= 1
            found = self._kept.pop(key, None)
        if found is None:
            found = events_of(asking, criterion)
        with self._lock:
            if self._left[key] > 0:
                self._kept[key] = found
        return found


class Asking:
    """The slim tables, under the names that one definition has for its concept sets."""

    def __init__(self, slim: Slim, numbers: SetNumbers) -> None:
        self._slim, self.numbers = slim, numbers
        self.facts, self.links = slim.facts, slim.links
        self.periods, self.domains = slim.periods, slim.domains

    def set_ids(self, name: str) -> Ids:
        """Return the concepts of a set of the definition."""
        return self._slim.sets[self.numbers[name]]

    def kept(self, criterion: Criterion) -> Found:
        """Return the events of a criterion, its nearby criteria left aside."""
        return self._slim.kept(criterion, self)


def key_of(criterion: Criterion, sets: SetNumbers) -> Key:
    """Return what tells a criterion's events, whatever its definition calls their concept sets."""
    named = (criterion.concepts, criterion.source_concepts)
    return (
        criterion.domain,
        *(None if n is None else sets[n] for n in named),
        criterion.first,
        tuple(_neutral(criterion.where, sets)),
        criterion.dates,
        criterion.within,
    )


def _neutral(where: Iterable[Attribute], sets: SetNumbers) -> Iterator[Hashable]:
    for attribute in where:
        if isinstance(attribute, CodedBySet | PersonBySet) and attribute.concepts is not None:
            yield replace(attribute, concepts=None), sets[attribute.concepts]
        else:
            yield attribute
