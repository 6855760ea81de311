"""The words for how many events, which facts of the person, and how many of some parts."""

from __future__ import annotations

from typing import Unpack

from qundao.query.builder.phrases import Ask, Events, Part, Together, group_of
from qundao.query.builder.ranges import Numbers, number_range
from qundao.query.compiler.measures import FEMALE, MALE
from qundao.query.criteria import Aged, Anchor, Counting, Demographic, Gender, Mode, Near


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
    return group_of(Mode.ALL, parts)


def any_of(*parts: Part) -> Together:
    """Ask for one of some parts at least."""
    return group_of(Mode.ANY, parts)


def at_least_of(count: int, *parts: Part) -> Together:
    """Ask for so many of some parts or more."""
    return group_of(Mode.AT_LEAST, parts, count)


def at_most_of(count: int, *parts: Part) -> Together:
    """Ask for so many of some parts or fewer."""
    return group_of(Mode.AT_MOST, parts, count)


def women() -> Demographic:
    """Ask for women."""
    return Gender((FEMALE,))


def men() -> Demographic:
    """Ask for men."""
    return Gender((MALE,))


def aged(**years: Unpack[Numbers]) -> Demographic:
    """Ask for the person's age in years when the index event starts."""
    return Aged(Anchor.START, number_range(years))
