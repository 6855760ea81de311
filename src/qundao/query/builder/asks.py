"""What is asked around an event: a number of other events, facts of the person, and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from qundao.query.builder.events import Events, Sets
from qundao.query.builder.ranges import Numbers, number_range
from qundao.query.compiler.measures import FEMALE, MALE
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import (
    Aged,
    Anchor,
    Counting,
    Dated,
    Demographic,
    Distinct,
    Gender,
    Group,
    Mode,
    Near,
    PersonBySet,
    PersonCoded,
    Window,
)


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


def at_least(count: int, events: Events) -> Ask:
    """Ask for so many events or more."""
    return Ask(Near(events.criterion, count=count), events.sets)


def at_most(count: int, events: Events) -> Ask:
    """Ask for so many events or fewer."""
    return Ask(Near(events.criterion, counting=Counting.AT_MOST, count=count), events.sets)


def exactly(count: int, events: Events) -> Ask:
    """Ask for just so many events."""
    return Ask(Near(events.criterion, counting=Counting.EXACTLY, count=count), events.sets)


def no(events: Events) -> Ask:
    """Ask that there is no such event."""
    return exactly(0, events)


def all_of(*parts: Part) -> Together:
    """Ask for all of some parts."""
    return _group(Mode.ALL, parts)


def any_of(*parts: Part) -> Together:
    """Ask for one of some parts at least."""
    return _group(Mode.ANY, parts)


def at_least_of(count: int, *parts: Part) -> Together:
    """Ask for so many of some parts or more."""
    return _group(Mode.AT_LEAST, parts, count)


def at_most_of(count: int, *parts: Part) -> Together:
    """Ask for so many of some parts or fewer."""
    return _group(Mode.AT_MOST, parts, count)


def women() -> Demographic:
    """Ask for women."""
    return Gender((FEMALE,))


def men() -> Demographic:
    """Ask for men."""
    return Gender((MALE,))


def aged(**years: Unpack[Numbers]) -> Demographic:
    """Ask for the person's age in years when the index event starts."""
    return Aged(Anchor.START, number_range(years))


def together(parts: tuple[Part, ...]) -> Together:
    """Return the one group that is given, or a group of all parts."""
    if len(parts) == 1 and isinstance(parts[0], Together):
        return parts[0]
    return all_of(*parts)


def _group(mode: Mode, parts: tuple[Part, ...], count: int | None = None) -> Together:
    facts = (Aged, Gender, Dated, PersonCoded, PersonBySet)
    group = Group(
        mode,
        tuple(p.near for p in parts if isinstance(p, Ask)),
        tuple(p for p in parts if isinstance(p, facts)),
        tuple(p.group for p in parts if isinstance(p, Together)),
        count,
    )
    return Together(group, sets_of(*(p.sets for p in parts if isinstance(p, Ask | Together))))


def sets_of(*groups: Sets) -> Sets:
    """Return concept sets in the order of their first use, each once."""
    found: dict[ConceptSet, None] = {s: None for sets in groups for s in sets}
    return tuple(found)
