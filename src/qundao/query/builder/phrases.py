"""What sentences are made of: events, what is asked around them, and parts held together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from qundao.query.builder.ranges import Dates, Numbers, date_range, number_range
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Attribute,
    Coded,
    CodedBySet,
    Criterion,
    Dated,
    DateShift,
    Demographic,
    Distinct,
    Gender,
    Group,
    Mode,
    Near,
    Numeric,
    TextOp,
    Textual,
    Window,
)
from qundao.query.domains import ERA_LENGTH, Domain
from qundao.query.values import Period

Sets = tuple[ConceptSet, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one domain, with the concept sets that they are told by."""

    criterion: Criterion
    sets: Sets = ()

    def first(self) -> Events:
        """Keep each person's first event of these concepts, before anything else is asked."""
        return self._with(first=True)

    def recorded_as(self, codes: ConceptSet) -> Events:
        """Ask for the code as the source had it."""
        return replace(self._with(source_concepts=codes.name), sets=(*self.sets, codes))

    def with_value(self, *, units: tuple[int, ...] = (), **asked: Unpack[Numbers]) -> Events:
        """Ask for the measured value (of a dose era: the dose), in one of some units."""
        field = "dose_value" if self.criterion.domain is Domain.DOSE_ERA else "value_as_number"
        found = self.with_number(field, **asked)
        return found.coded("unit", *units) if units else found

    def with_number(self, field: str, **asked: Unpack[Numbers]) -> Events:
        """Ask for a number of the domain, such as `days_supply`."""
        return self._where(Numeric(field, number_range(asked)))

    def lasting(self, **days: Unpack[Numbers]) -> Events:
        """Ask for the days from start to end."""
        return self.with_number(ERA_LENGTH, **days)

    def abnormal(self) -> Events:
        """Ask for a measurement outside of its reference limits, or coded as low or high."""
        return self._where(Abnormal())

    def coded(self, field: str, *concepts: int) -> Events:
        """Ask for a coded attribute such as `unit`, `type`, `visit`: one of some concepts."""
        return self._where(Coded(field, concepts))

    def not_coded(self, field: str, *concepts: int) -> Events:
        """Ask for a coded attribute that is none of some concepts."""
        return self._where(Coded(field, concepts, negated=True))

    def coded_in(self, field: str, concepts: ConceptSet) -> Events:
        """Ask for a coded attribute in a concept set."""
        found = self._where(CodedBySet(field, concepts.name))
        return replace(found, sets=(*found.sets, concepts))

    def containing(self, field: str, text: str) -> Events:
        """Ask for a text attribute that contains a text; case counts."""
        return self._where(Textual(field, TextOp.CONTAINS, text))

    def starting(self, **days: Unpack[Dates]) -> Events:
        """Ask for the day on which events start."""
        return self._where(Dated(Anchor.START, date_range(days)))

    def ending(self, **days: Unpack[Dates]) -> Events:
        """Ask for the day on which events end."""
        return self._where(Dated(Anchor.END, date_range(days)))

    def at_age(self, **years: Unpack[Numbers]) -> Events:
        """Ask for the person's age in years when events start."""
        return self._where(Aged(Anchor.START, number_range(years)))

    def of_gender(self, *concepts: int) -> Events:
        """Ask for the person's gender concept."""
        return self._where(Gender(concepts))

    def near(self, *parts: Part) -> Events:
        """Ask for what must stand around each event: all of the parts."""
        group = together(parts)
        return replace(self._with(near=group.group), sets=(*self.sets, *group.sets))

    def moved(self, dates: DateShift) -> Events:
        """Give the events other dates, which everything after sees."""
        return self._with(dates=dates)

    def holding(self, period: Period) -> Events:
        """Keep (observation or payer) periods that hold given dates, which become theirs."""
        return self._with(within=period)

    def _where(self, attribute: Attribute) -> Events:
        return self._with(where=(*self.criterion.where, attribute))

    def _with(self, **changes: object) -> Events:
        return replace(self, criterion=replace(self.criterion, **changes))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Ask:
    """A number of events near the index event; without a word about days, at any time."""

    near: Near
    sets: Sets = ()

    def in_days(self, first: int | None, last: int | None) -> Ask:
        """Ask for a start so many days after the index event's, negative before; None is open."""
        window = replace(self.near.window, first_day=first, last_day=last)
        return self._with(window=window)

    def before(self, days: int | None = None) -> Ask:
        """Ask for the days before the index event, the day itself not included."""
        return self.in_days(None if days is None else -days, -1)

    def after(self, days: int | None = None) -> Ask:
        """Ask for the days after the index event, the day itself not included."""
        return self.in_days(1, days)

    def on_the_day(self) -> Ask:
        """Ask for the index event's own day."""
        return self.in_days(0, 0)

    def from_its_end(self) -> Ask:
        """Count days from the index event's end."""
        return self._with(window=replace(self.near.window, index=Anchor.END))

    def ending(self) -> Ask:
        """Have the events' ends, not their starts, lie in those days."""
        return self._with(window=replace(self.near.window, event=Anchor.END))

    def while_it_lasts(self) -> Ask:
        """Ask for events that start on or before the index event's start and end after it."""
        ending = Window(0, None, event=Anchor.END)
        return self._with(window=Window(None, 0), second_window=ending)

    def also_in(self, window: Window) -> Ask:
        """Ask for a second window as well."""
        return self._with(second_window=window)

    def in_the_same_visit(self) -> Ask:
        """Ask for the index event's visit."""
        return self._with(same_visit=True)

    def also_outside_observation(self) -> Ask:
        """Take events that lie outside of the index event's observation period too."""
        return self._with(outside_observation=True)

    def counting(self, what: Distinct) -> Ask:
        """Count days, visits, concepts … instead of events."""
        return self._with(distinct=what)

    def _with(self, **changes: object) -> Ask:
        return replace(self, near=replace(self.near, **changes))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Together:
    """Parts of which some number must hold."""

    group: Group
    sets: Sets = ()


Part = Ask | Together | Demographic


def together(parts: tuple[Part, ...]) -> Together:
    """Return the one group that is given, or a group of all parts."""
    if len(parts) == 1 and isinstance(parts[0], Together):
        return parts[0]
    return group_of(Mode.ALL, parts)


def group_of(mode: Mode, parts: tuple[Part, ...], count: int | None = None) -> Together:
    """Return parts of which some number must hold."""
    group = Group(
        mode,
        tuple(p.near for p in parts if isinstance(p, Ask)),
        tuple(p for p in parts if isinstance(p, Demographic)),
        tuple(p.group for p in parts if isinstance(p, Together)),
        count,
    )
    return Together(group, sets_of(*(p.sets for p in parts if isinstance(p, Ask | Together))))


def sets_of(*groups: Sets) -> Sets:
    """Return concept sets in the order of their first use, each once."""
    found: dict[ConceptSet, None] = {s: None for sets in groups for s in sets}
    return tuple(found)
