"""A population, said step by step: who enters, what is required of them, when they leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from qundao.query.builder.phrases import Events, Part, Sets, sets_of, together
from qundao.query.codes import invalid
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import Anchor, Criterion, Group
from qundao.query.population import (
    ContinuousExposure,
    EndOfObservation,
    Entry,
    Exit,
    FixedOffset,
    Limit,
    Observation,
    Population,
    Rule,
)
from qundao.query.values import Period

_STAYING = EndOfObservation()


@dataclass(frozen=True, slots=True)
class People:
    """A population in the making. `build` returns it once somebody enters."""

    name: str
    sets: Sets = ()
    entry: Entry | None = None
    additional: Group | None = None
    qualified_limit: Limit = Limit.ALL
    rules: tuple[Rule, ...] = ()
    included_limit: Limit = Limit.ALL
    exit: Exit = _STAYING
    censoring: tuple[Criterion, ...] = ()
    collapse_days: int = 0
    period: Period | None = None

    def entering_with(
        self,
        *events: Events,
        observed_before: int = 0,
        observed_after: int = 0,
        anywhere: bool = False,
        only: Limit = Limit.ALL,
    ) -> People:
        """Let people in with any of some events, observed for so many days around them.

        anywhere: take events outside of observation too. only: each person's first or last.
        """
        observation = None if anywhere else Observation(observed_before, observed_after)
        entry = Entry(tuple(e.criterion for e in events), observation, only)
        return self._adding(*(e.sets for e in events), entry=entry)

    def having(self, *parts: Part, only: Limit = Limit.ALL) -> People:
        """Ask all of some parts of the entry events, before the inclusion rules."""
        group = together(parts)
        return self._adding(group.sets, additional=group.group, qualified_limit=only)

    def required(self, name: str, *parts: Part) -> People:
        """Add an inclusion rule: all of some parts, or the one group given."""
        group = together(parts)
        return self._adding(group.sets, rules=(*self.rules, Rule(name, group.group)))

    def keeping(self, only: Limit) -> People:
        """Keep each person's first or last event of those that meet every rule."""
        return replace(self, included_limit=only)

    def leaving_with_observation(self) -> People:
        """Have people leave when their observation ends; this is so unless another is said."""
        return replace(self, exit=_STAYING)

    def leaving_after(self, days: int, *, from_its_end: bool = False) -> People:
        """Have people leave some days after the entry event's start, or after its end."""
        anchor = Anchor.END if from_its_end else Anchor.START
        return replace(self, exit=FixedOffset(anchor, days))

    def leaving_after_exposure_to(
        self,
        concepts: ConceptSet,
        *,
        gap_days: int = 0,
        days_after: int = 0,
        supply_days: int | None = None,
    ) -> People:
        """Have people leave when a drug is no longer taken; see `ContinuousExposure`."""
        leaving = ContinuousExposure(concepts.name, gap_days, days_after, supply_days)
        return self._adding((concepts,), exit=leaving)

    def censored_by(self, *events: Events) -> People:
        """Have people leave with the first of some events, too."""
        return self._adding(*(e.sets for e in events), censoring=tuple(e.criterion for e in events))

    def joining_stays(self, *, days_apart: int) -> People:
        """Make one stay of stays that are at most so many days apart."""
        return replace(self, collapse_days=days_apart)

    def between(self, first: date | None, last: date | None) -> People:
        """Cut stays to calendar dates; None is open."""
        return replace(self, period=Period(first, last))

    def build(self) -> Population:
        """Return the population. Raises `query.invalid`, also where nobody was let in."""
        if self.entry is None:
            raise invalid("entry", None, "entering_with(…)", "entering_with(…)")
        return Population(
            self.name,
            self.sets,
            self.entry,
            self.additional,
            self.qualified_limit,
            self.rules,
            self.included_limit,
            self.exit,
            self.censoring,
            self.collapse_days,
            self.period,
        )

    def _adding(self, *sets: Sets, **changes: object) -> People:
        return replace(self, sets=sets_of(self.sets, *sets), **changes)  # type: ignore[arg-type]


def people(name: str) -> People:
    """Begin a population under its name."""
    return People(name)
