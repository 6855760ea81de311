"""One sweep: the source is read once for many definitions, which are then worked out in memory.

Persons are taken in stretches of ids where all of their rows would not fit: a definition looks
at one person at a time, so that what it says of the stretches is what it says of all.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qundao.kernel.side_by_side import side_by_side
from qundao.query.attrition import Masked
from qundao.query.engine import Engine
from qundao.query.population import Population
from qundao.query.sweep.concept_ids import Ids, Items, vocabulary_of
from qundao.query.sweep.days import Days, dates
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.members import members_of
from qundao.query.sweep.needs import Needs, needs_of
from qundao.query.sweep.slim import AT_ONCE, Asking, Prepared, Slim
from qundao.query.sweep.source import SlimSource, Told

COLUMNS = ("subject_id", "cohort_start_date", "cohort_end_date")
MOST_BYTES = 1_500_000_000


@dataclass(frozen=True)
class Swept:
    """One definition's members in some stretch of persons, ordered by all three columns."""

    subject: npt.NDArray[np.int64]
    start: Days
    end: Days
    masks: tuple[Masked, ...]
    seconds: float

    @property
    def rows(self) -> pa.Table:
        """Return `subject_id, cohort_start_date, cohort_end_date`."""
        columns = [pa.array(self.subject), dates(self.start), dates(self.end)]
        return pa.Table.from_arrays(columns, names=COLUMNS)


class Sweep:
    """Works out populations together, over one engine.

    `fit` are the places of those that it takes; the others are left to the plain way.
    """

    def __init__(self, engine: Engine, populations: Sequence[Population]) -> None:
        self._engine = engine
        found = {i: own for i, p in enumerate(populations) if (own := _needs(engine, p))}
        self._needs = Needs()
        for own in found.values():
            self._needs.add(own)
        self._domains = {i: frozenset(own.domains) for i, own in found.items()}
        numbers = {items: i for i, items in enumerate(self._needs.sets)}
        self._fit = {i: _prepared(populations[i], numbers) for i in found}

    @property
    def fit(self) -> tuple[int, ...]:
        """Return which populations can be taken."""
        return tuple(self._fit)

    def results(self, tell: Told, most_bytes: int = MOST_BYTES) -> Iterator[Swept | None]:
        """Yield each fit population's members; None for one that its rows make unfit.

        tell: told which table is read. Raises `engines.*` when the source is away.
        """
        ids = self._resolved()
        alone = len(self._fit) == 1
        with SlimSource(self._engine, self._needs, ids, most_bytes, tell, alone=alone) as source:
            found = self._stretches(source, list(ids.values()))
            if source.parts > 1:
                found = self._joined(found)
            yield from (swept for _, swept in found)

    def _resolved(self) -> dict[Items, Ids]:
        vocabulary = vocabulary_of(self._engine, self._needs.sets)
        return {items: vocabulary.resolve(items) for items in self._needs.sets}

    def _stretches(
        self, source: SlimSource, sets: Sequence[Ids]
    ) -> Iterator[tuple[int, Swept | None]]:
        for raw in source.stretches():
            lost = source.unreadable
            readable = {i: p for i, p in self._fit.items() if not self._domains[i] & lost}
            slim = Slim(raw, sets, readable.values())
            work = partial(_swept_of, slim, readable)
            made = side_by_side(work, self._fit, AT_ONCE, ahead=AT_ONCE)
            yield from zip(self._fit, made, strict=True)

    def _joined(
        self, stretches: Iterator[tuple[int, Swept | None]]
    ) -> Iterator[tuple[int, Swept | None]]:
        """Yield the members found in all stretches. Until the last one, those so far are held."""
        parts: dict[int, list[Swept]] = {i: [] for i in self._fit}
        unfit: set[int] = set()
        for i, swept in stretches:
            if swept is None:
                unfit.add(i)
            else:
                parts[i].append(swept)
        for i, own in parts.items():
            yield i, None if i in unfit else _whole(own)


def _needs(engine: Engine, population: Population) -> Needs | None:
    try:
        return needs_of(population, engine.schema)
    except UnfitError:
        return None


def _prepared(population: Population, numbers: Mapping[Items, int]) -> Prepared:
    sets = {s.name: numbers[s.items] for s in population.concept_sets if s.items in numbers}
    return Prepared(population, sets)


def _swept_of(slim: Slim, readable: Mapping[int, Prepared], place: int) -> Swept | None:
    definition = readable.get(place)
    if definition is None:
        return None
    begun = time.perf_counter()
    try:
        members = members_of(Asking(slim, definition.sets), definition.population)
    except UnfitError:
        return None
    stays = members.stays
    subject, seconds = slim.people.ids(stays.person), time.perf_counter() - begun
    return Swept(subject, stays.start, stays.end, members.masks, seconds)


def _whole(parts: Sequence[Swept]) -> Swept:
    """Return the members of stretches that follow each other."""
    subject, start, end = (
        np.concatenate([getattr(p, n) for p in parts]) for n in ("subject", "start", "end")
    )
    masks = tuple(_added(m for p in parts for m in p.masks))
    return Swept(subject, start, end, masks, sum(p.seconds for p in parts))


def _added(masks: Iterator[Masked]) -> Iterator[Masked]:
    events: Counter[tuple[bool, ...]] = Counter()
    persons: Counter[tuple[bool, ...]] = Counter()
    for mask in masks:
        events[mask.rules] += mask.events
        persons[mask.rules] += mask.persons
    for rules, n in events.items():
        yield Masked(rules, n, persons[rules])
