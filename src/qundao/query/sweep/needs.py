"""What a set of definitions reads: found by walking them, before any row is read.

What a source lacks makes a definition unfit for the sweep; the plain way then says what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from qundao.query.compiler.plan import Plan, Schema
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import (
    Aged,
    Anchor,
    CodedBySet,
    Criterion,
    Dated,
    Distinct,
    Gender,
    Near,
    PersonBySet,
    PersonCoded,
)
from qundao.query.domains import DOMAINS, Domain, Link
from qundao.query.population import ContinuousExposure, Population
from qundao.query.sweep import columns
from qundao.query.sweep.columns import OWN, Values
from qundao.query.sweep.concept_ids import Items
from qundao.query.sweep.fitness import UnfitError
from qundao.query.values import DateRange
from qundao.query.walking import parts

PERIOD = ("observation_period_start_date", "observation_period_end_date")
_CONCEPT = {"concept": ("concept_id", "invalid_reason")}
_BELOW = {"concept_ancestor": ("ancestor_concept_id", "descendant_concept_id")}
_MAPPED = {
    "concept_relationship": ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason")
}


@dataclass
class DomainNeeds:
    """What is read of one domain: values by name, and of which concepts (`every`: of all).

    `visits`: some definition asks which visit an event was part of. `starts`: when the events that
    some criterion is about begin (None: whenever).
    """

    values: Values = field(default_factory=dict)
    concepts: set[Items] = field(default_factory=set)
    sources: set[Items] = field(default_factory=set)
    every: bool = False
    visits: bool = False
    starts: set[DateRange | None] = field(default_factory=set)


@dataclass
class Needs:
    """What is read for some definitions. `entries` are the domains that let persons in."""

    domains: dict[Domain, DomainNeeds] = field(default_factory=dict)
    entries: set[Domain] = field(default_factory=set)
    sets: set[Items] = field(default_factory=set)
    links: set[Link] = field(default_factory=set)
    person: set[str] = field(default_factory=set)

    def add(self, other: Needs) -> None:
        """Read what another definition needs as well."""
        for domain, more in other.domains.items():
            own = self.domains.setdefault(domain, DomainNeeds())
            own.values |= more.values
            own.concepts |= more.concepts
            own.sources |= more.sources
            own.every |= more.every
            own.visits |= more.visits
            own.starts |= more.starts
        self.entries |= other.entries
        self.sets |= other.sets
        self.links |= other.links
        self.person |= other.person


def needs_of(population: Population, schema: Schema) -> Needs:
    """Return what one definition reads. Raises UnfitError for what the source lacks."""
    found = _Walk(Plan(schema), {s.name: s for s in population.concept_sets})
    held = (population.entry, population.additional, population.rules)
    for _, part in parts((*held, population.exit, population.censoring)):
        found.take(part)
    found.needs.entries = {c.domain for c in population.entry.criteria}
    for domain in found.needs.domains.values():
        domain.visits = found.visits
    _check(found.needs, schema)
    return found.needs


class _Walk:
    def __init__(self, plan: Plan, sets: dict[str, ConceptSet]) -> None:
        self._plan, self._sets = plan, sets
        self.needs, self.visits = Needs(), False

    def take(self, part: Any) -> None:
        """Note what one part of the definition, without the parts within it, reads."""
        match part:
            case Criterion():
                self._criterion(part)
            case Near():
                own = self._domain(part.criterion.domain)
                own.values |= columns.counted_values(self._plan, part)
                self.visits |= part.same_visit or part.distinct is Distinct.VISIT
            case ContinuousExposure():
                self._exposure(part)
            case CodedBySet() | PersonBySet() if part.concepts is not None:
                self._set(part.concepts)
        self.needs.person |= set(_person_columns(part))

    def _domain(self, domain: Domain) -> DomainNeeds:
        if domain not in self.needs.domains:
            values = columns.base_values(self._plan, domain)
            self.needs.domains[domain] = DomainNeeds(values)
        return self.needs.domains[domain]

    def _criterion(self, criterion: Criterion) -> None:
        columns.refuse_places(criterion)
        own = self._domain(criterion.domain)
        own.values |= columns.criterion_values(self._plan, criterion)
        own.starts.add(_starts(criterion))
        if criterion.concepts is not None:
            own.concepts.add(self._set(criterion.concepts))
        elif criterion.source_concepts is not None:
            own.sources.add(self._set(criterion.source_concepts))
        else:
            own.every = True
        if criterion.source_concepts is not None:
            self._set(criterion.source_concepts)
        own_attributes = (a for a in criterion.where if isinstance(a, OWN))
        links = (columns.link_of(a, DOMAINS[criterion.domain]) for a in own_attributes)
        self.needs.links |= {link for link in links if link is not None}

    def _exposure(self, leaving: ContinuousExposure) -> None:
        drugs = self._domain(Domain.DRUG)
        drugs.values |= columns.exposure_values()
        drugs.starts.add(None)
        items = self._set(leaving.concepts)
        drugs.concepts.add(items)
        drugs.sources.add(items)

    def _set(self, name: str) -> Items:
        items = self._sets[name].items
        self.needs.sets.add(items)
        return items


def _starts(criterion: Criterion) -> DateRange | None:
    """Return when the events of a criterion begin, as the source dates them; None for any time.

    Events that are told apart before their dates are asked for may begin at any time.
    """
    if criterion.first or criterion.dates is not None or criterion.within is not None:
        return None
    dated = (a for a in criterion.where if isinstance(a, Dated) and a.anchor is Anchor.START)
    return next((a.range for a in dated), None)


def _person_columns(part: Any) -> Iterator[str]:
    match part:
        case Aged():
            yield "year_of_birth"
        case Gender():
            yield "gender_concept_id"
        case PersonCoded() | PersonBySet():
            yield f"{part.field}_concept_id"


def _check(needs: Needs, schema: Schema) -> None:
    _has(schema, "observation_period", ("person_id", *PERIOD))
    if needs.person:
        _has(schema, "person", ("person_id", *needs.person))
    for table, names in _vocabulary(needs.sets).items():
        _has(schema, table, names)
    for link in needs.links:
        own = ("person_id",) if link.same_person else ()
        _has(schema, link.table, (link.key, link.code, *own))
    for domain, own_needs in needs.domains.items():
        _has(schema, DOMAINS[domain].table, set(_read(own_needs.values)))


def _vocabulary(sets: Collection[Items]) -> dict[str, tuple[str, ...]]:
    items = [i for s in sets for i in s]
    found: dict[str, tuple[str, ...]] = dict(_CONCEPT) if sets else {}
    if any(i.descendants for i in items):
        found |= _BELOW
    if any(i.mapped for i in items):
        found |= _MAPPED
    return found


def _read(values: Values) -> Iterator[str]:
    for value in values.values():
        yield from (c.name for c in value.find_all(exp.Column))


def _has(schema: Schema, table: str, names: Iterable[str]) -> None:
    present = {c.name for c in schema.get(table, ())}
    lacking = sorted(set(names) - present)
    if lacking:
        raise UnfitError(f"{table} lacks {', '.join(lacking)}")
