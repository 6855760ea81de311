"""Inclusion-rule statistics, from how many events and persons meet which rules.

After Circe's tables `cohort_inclusion_result` and `cohort_inclusion_stats`: everything follows
from the counts per *mask*, the set of rules that an entry event satisfies. There are two views.
*Events* counts every qualified entry event; *persons* counts each person once, by the event that
satisfies most rules (on a tie the one whose first satisfied rule comes first, then the earliest).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Masked:
    """How many events, and how many persons by their best event, satisfy just these rules."""

    rules: tuple[bool, ...]
    events: int
    persons: int


@dataclass(frozen=True, slots=True)
class Attrition:
    """What one rule does in one view.

    `total` is what there is before any rule; `satisfying` what meets this rule; `gain` what
    this rule alone keeps out (every other rule is met); `remaining` what meets this rule and
    every rule before it: the step of the attrition chart.
    """

    total: int
    satisfying: int
    gain: int
    remaining: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """The statistics of one inclusion rule, in both views."""

    name: str
    persons: Attrition
    events: Attrition

    def to_json(self) -> dict[str, Any]:
        """Return the statistics as plain JSON."""
        return asdict(self)


def rule_counts(names: tuple[str, ...], masks: Iterable[Masked]) -> tuple[RuleCount, ...]:
    """Return the statistics of every rule, in the order of the rules.

    `masks` hold one truth value per rule, in the same order, and differ from each other.
    """
    found = tuple(masks)
    by_person = [(m.rules, m.persons) for m in found]
    by_event = [(m.rules, m.events) for m in found]
    return tuple(
        RuleCount(name, _attrition(by_person, i), _attrition(by_event, i))
        for i, name in enumerate(names)
    )


def _attrition(counts: list[tuple[tuple[bool, ...], int]], place: int) -> Attrition:
    return Attrition(
        total=sum(n for _, n in counts),
        satisfying=sum(n for rules, n in counts if rules[place]),
        gain=sum(n for rules, n in counts if not rules[place] and sum(rules) == len(rules) - 1),
        remaining=sum(n for rules, n in counts if all(rules[: place + 1])),
    )
