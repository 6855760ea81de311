"""Populations: who is meant, from when, until when.

The parts are those of a Circe cohort expression, in our own words: entry events, additional
criteria, inclusion rules, limits, exit, censoring, collapse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qundao.query.codes import TOO_LARGE, invalid
from qundao.query.concepts import ConceptItem, ConceptSet
from qundao.query.criteria import (
    Anchor,
    Criterion,
    Group,
    criteria_in,
    criterion_size,
    group_size,
    nested,
    person_sets,
    sets_of,
)
from qundao.query.domains import Domain
from qundao.query.names import check_plain
from qundao.query.values import Period, check_days

MOST_SETS, MOST_PARTS = 1_000, 1_000
"""Published definitions have up to 39 concept sets and ask for up to 115 things."""


class Limit(StrEnum):
    """Which of a person's events are kept."""

    ALL = "all"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Observation:
    """An entry event must lie in an observation period, with days before and after it."""

    prior_days: int = 0
    post_days: int = 0

    def __post_init__(self) -> None:
        check_days("prior_days", self.prior_days, 0)
        check_days("post_days", self.post_days, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """Events that let a person in. `observation` None takes events outside observation too."""

    criteria: tuple[Criterion, ...]
    observation: Observation | None = Observation()
    limit: Limit = Limit.ALL

    def __post_init__(self) -> None:
        if not self.criteria:
            raise invalid("criteria", "[]", "至少一个入组事件", "at least one criterion")


@dataclass(frozen=True, slots=True)
class Rule:
    """A named inclusion rule over the entry events."""

    name: str
    group: Group

    def __post_init__(self) -> None:
        check_plain("name", self.name)


@dataclass(frozen=True, slots=True)
class EndOfObservation:
    """The person stays until the end of the observation period of the entry event."""


@dataclass(frozen=True, slots=True)
class FixedOffset:
    """The person stays until some days after the entry event's start or end."""

    anchor: Anchor
    days: int = 0

    def __post_init__(self) -> None:
        check_days("days", self.days)


@dataclass(frozen=True, slots=True)
class ContinuousExposure:
    """The person stays while a drug is taken: exposures at most `gap_days` apart are one era.

    `concepts` names a concept set, looked for in standard and in source codes. `days_after`
    are added to each exposure's end, before eras are made; `supply_days` instead of the recorded
    end, counted from each exposure's start. Only eras that hold the entry event's start end a
    stay; the end of observation ends it at the latest.
    """

    concepts: str
    gap_days: int = 0
    days_after: int = 0
    supply_days: int | None = None

    def __post_init__(self) -> None:
        check_days("gap_days", self.gap_days, 0)
        check_days("days_after", self.days_after)
        check_days("supply_days", self.supply_days, 0)


Exit = EndOfObservation | FixedOffset | ContinuousExposure


@dataclass(frozen=True, slots=True)
class Population:
    """A whole definition. Execution order is the order of the fields below."""

    name: str
    concept_sets: tuple[ConceptSet, ...]
    entry: Entry
    additional: Group | None = None
    qualified_limit: Limit = Limit.ALL
    rules: tuple[Rule, ...] = ()
    included_limit: Limit = Limit.ALL
    exit: Exit = EndOfObservation()
    censoring: tuple[Criterion, ...] = ()
    collapse_days: int = 0
    period: Period | None = None

    def __post_init__(self) -> None:
        check_plain("name", self.name)
        check_days("collapse_days", self.collapse_days, 0)
        _check_most("concept_sets", len(self.concept_sets), MOST_SETS)
        criteria = (*self.entry.criteria, *self.censoring)
        size = sum(map(criterion_size, criteria)) + sum(map(group_size, self.groups))
        _check_most("criteria", size, MOST_PARTS)
        check_concept_sets(self.concept_sets, self._named())
        if not isinstance(self.exit, FixedOffset) and self.entry.observation is None:
            raise invalid(
                "exit",
                "end_of_observation",
                "入组须在观察期内，或改用固定天数退出",
                "entry within observation, or an exit after fixed days",
            )
        _check_unique("rules", [r.name for r in self.rules])

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return every criterion of the definition, also nested ones."""
        return tuple(self._criteria())

    def _criteria(self) -> Iterator[Criterion]:
        for criterion in (*self.entry.criteria, *self.censoring):
            yield from nested(criterion)
        for group in self.groups:
            yield from criteria_in(group)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups asked of entry events: additional criteria and rules."""
        additional = () if self.additional is None else (self.additional,)
        return (*additional, *(r.group for r in self.rules))

    def _named(self) -> set[str]:
        named = concept_set_names(self.criteria)
        named |= {n for g in self.groups for n in person_sets(g)}
        return named | (
            {self.exit.concepts} if isinstance(self.exit, ContinuousExposure) else set()
        )


def concept_set_names(criteria: tuple[Criterion, ...]) -> set[str]:
    """Return the names of the concept sets that criteria ask for."""
    return {n for c in criteria for n in sets_of(c)}


def check_concept_sets(sets: tuple[ConceptSet, ...], asked: set[str]) -> None:
    """Refuse two sets of one name, and criteria that ask for a set that is not there."""
    _check_unique("concept_sets", [s.name for s in sets])
    missing = sorted(asked - {s.name for s in sets})
    if missing:
        names = ", ".join(missing)
        raise invalid("concept_sets", names, "定义中有该概念集", "a concept set of that name")


def _check_most(where: str, number: int, most: int) -> None:
    if number > most:
        raise invalid(where, number, f"至多 {most} 项", f"at most {most} parts", TOO_LARGE)


def _check_unique(where: str, names: list[str]) -> None:
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise invalid(where, ", ".join(repeated), "互不相同的名称", "names that differ")


def new_users(concept_id: int, *, name: str = "", washout_days: int | None = None) -> Population:
    """Return the people who start an ingredient: their first ever drug era of it.

    With `washout_days` the start must lie in observation with that many days before it; None
    takes every first era on record. They stay until the era ends.
    """
    ingredient = ConceptSet("drug", (ConceptItem(concept_id),))
    observation = None if washout_days is None else Observation(prior_days=washout_days)
    return Population(
        name=name or f"new users of {concept_id}",
        concept_sets=(ingredient,),
        entry=Entry((Criterion(Domain.DRUG_ERA, "drug", first=True),), observation, Limit.FIRST),
        exit=FixedOffset(Anchor.END),
    )
