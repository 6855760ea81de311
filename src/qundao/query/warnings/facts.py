"""Facts of one event or person that must hold together: attributes, and facts of a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from qundao.kernel.words import Words
from qundao.query.criteria import Aged, Coded, Dated, Gender, Numeric, PersonCoded
from qundao.query.values import DateRange, NumberRange
from qundao.query.warnings.ranges import (
    AGES,
    EVERYTHING,
    NEVER_NEGATIVE,
    OLDEST,
    Interval,
    common,
)

NEVER_BELOW_ZERO = frozenset(
    {"days_supply", "era_length", "gap_days", "occurrence_count", "quantity", "refills"}
)
_Ranged = Numeric | Aged | Dated


def possible(fact: Any) -> Interval:
    """Return the values that what a fact speaks of can have at all."""
    if isinstance(fact, Aged):
        return AGES
    if isinstance(fact, Numeric) and fact.field in NEVER_BELOW_ZERO:
        return NEVER_NEGATIVE
    return EVERYTHING


def hopeless(fact: Any) -> bool:
    """Tell whether no record can have a fact, whatever else is asked."""
    return isinstance(fact, _Ranged) and _left([fact]).empty


def clashes(facts: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the groups of facts of which each can hold, but not all together."""
    about: dict[Hashable, list[Any]] = defaultdict(list)
    for fact in facts:
        subject = _subject(fact)
        if subject is not None and not hopeless(fact):
            about[subject].append(fact)
    return [tuple(found) for found in about.values() if len(found) > 1 and _clash(found)]


def _subject(fact: Any) -> Hashable:
    """Return what a fact speaks of: facts of one subject narrow each other."""
    match fact:
        case Numeric():
            return ("number", fact.field)
        case Aged() | Dated():
            return (type(fact).__name__, fact.anchor)
        case Coded(negated=False):
            return ("code", fact.field)
        case Gender():
            return ("person", "gender")
        case PersonCoded():
            return ("person", str(fact.field))
        case _:
            return None


def _left(facts: Sequence[_Ranged]) -> Interval:
    """Return the values that facts of one subject leave. Ages and days are whole numbers."""
    asked: list[NumberRange | DateRange] = [f.range for f in facts]
    left = common(asked, possible(facts[0]))
    return left if isinstance(facts[0], Numeric) else left.whole


def _clash(facts: list[Any]) -> bool:
    if isinstance(facts[0], _Ranged):
        return _left(facts).empty
    return not frozenset.intersection(*(frozenset(f.concepts) for f in facts))


def possible_words(fact: Any) -> Words:
    """Return which values a fact could have."""
    bounds = possible(fact)
    if bounds is AGES:
        return Words(f"0 至 {OLDEST} 岁", f"0 to {OLDEST} years")
    if bounds is NEVER_NEGATIVE:
        return Words("不小于 0 的数", "numbers from 0 on")
    return Words("至少有一个值的范围", "a range with at least one value")
