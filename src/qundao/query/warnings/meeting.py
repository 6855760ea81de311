"""Whether anybody can meet what a definition asks: criteria, groups and counts of events."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from qundao.query.concepts import ConceptSet
from qundao.query.criteria import Counting, Criterion, Group, Mode, Near
from qundao.query.warnings.facts import clashes, hopeless
from qundao.query.warnings.windows import empty_window, windows_clash


def is_empty(concepts: ConceptSet) -> bool:
    """Tell whether a set holds no concept whatever the vocabulary says.

    An item is taken away by an excluded one of the same concept, if that takes descendants and
    mapped concepts away too wherever the item adds them.
    """
    away = [i for i in concepts.items if i.excluded]
    return all(
        any(
            i.concept_id == a.concept_id and a.descendants >= i.descendants and a.mapped >= i.mapped
            for a in away
        )
        for i in concepts.items
        if not i.excluded
    )


class Meeting:
    """Tells what cannot be met, given the names of the concept sets that are empty."""

    def __init__(self, empty_sets: Collection[str] = ()) -> None:
        self._empty = empty_sets

    def criterion(self, asked: Criterion) -> bool:
        """Tell whether some event could be meant."""
        if {asked.concepts, asked.source_concepts} & set(self._empty):
            return False
        if any(map(hopeless, asked.where)) or clashes(asked.where):
            return False
        return asked.near is None or self.group(asked.near)

    def group(self, asked: Group) -> bool:
        """Tell whether a group could hold. One without parts always does, as in Circe."""
        held = sum(self.part(p) for p in asked.parts)
        if not asked.parts:
            return True
        match asked.mode:
            case Mode.ALL:
                return held == len(asked.parts) and not contradictions(asked)
            case Mode.ANY:
                return held > 0
            case Mode.AT_LEAST:
                return held >= (asked.count or 0)
            case Mode.AT_MOST:
                return True

    def part(self, asked: Any) -> bool:
        """Tell whether one part of a group could hold."""
        match asked:
            case Near():
                return _may_be_none(asked) or self._near(asked)
            case Group():
                return self.group(asked)
            case _:
                return not hopeless(asked)

    def _near(self, asked: Near) -> bool:
        windows = [w for w in (asked.window, asked.second_window) if w is not None]
        if any(map(empty_window, windows)) or windows_clash(asked):
            return False
        return self.criterion(asked.criterion)


def contradictions(group: Group) -> list[tuple[Any, ...]]:
    """Return the parts of a group of mode `all` that can each hold, but not together."""
    if group.mode is not Mode.ALL:
        return []
    return [*clashes(group.person), *_counts_clash(group.events)]


def _counts_clash(events: Iterable[Near]) -> list[tuple[Any, ...]]:
    """Return counts of the same events in the same windows that exclude each other."""
    same: dict[Near, list[Near]] = defaultdict(list)
    for near in events:
        same[replace(near, counting=Counting.AT_LEAST, count=1)].append(near)
    return [tuple(n) for n in same.values() if len(n) > 1 and _no_number(n)]


def _no_number(counted: list[Near]) -> bool:
    lows = [n.count for n in counted if n.counting is not Counting.AT_MOST]
    highs = [n.count for n in counted if n.counting is not Counting.AT_LEAST]
    return max(lows, default=0) > min(highs, default=math.inf)


def _may_be_none(near: Near) -> bool:
    return near.counting is Counting.AT_MOST or near.count == 0
