"""Groups of columns that make rows of their own: the main diagnosis and the others, 1 to 10."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qundao.intake.suggest.filling import Source, column_expression
from qundao.intake.suggest.lexicon import roles
from qundao.intake.suggest.reasons import Because
from qundao.intake.suggest.roles import Match
from qundao.intake.suggest.rules import TablePlan

_ROLE = re.compile(r"^\{(\w+)\}$")
_KNOWN = ("known_name", "known_synonym")


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a row's columns. `parts` are the expressions by the plan's names.

    `entry` is the plan's entry that it comes of, `number` the columns' own number, 0 for none.
    """

    entry: int
    number: int
    parts: Mapping[str, str]
    columns: tuple[str, ...]
    score: float
    reasons: tuple[Because, ...]


def groups_of(plan: TablePlan, source: Source) -> tuple[Group, ...]:
    """Return the groups that a source's columns make of a plan's `each`."""
    used: set[str] = set()
    found: list[Group] = []
    for entry, parts in enumerate(plan.each):
        for group in _groups(entry, parts, source):
            if used.isdisjoint(group.columns):
                used |= set(group.columns)
                found.append(group)
    return tuple(found)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with names of a group's parts replaced; functions keep theirs."""
    if not names:
        return text
    pattern = re.compile(rf"(?<![\w'\"])({'|'.join(map(re.escape, names))})(?![\w'\"(])")
    return pattern.sub(lambda found: names[found[1]], text)


def _groups(entry: int, parts: Mapping[str, str], source: Source) -> Iterator[Group]:
    wanted = {name: m[1] for name, text in parts.items() if (m := _ROLE.match(text))}
    first, *others = wanted.values()
    for leading in _leading(first, source):
        matches = {first: leading}
        for role in others:
            same = (m for m in source.usable(role) if m.number == leading.number)
            if (beside := next(same, None)) is not None:
                matches[role] = beside
        yield _group(entry, parts, wanted, matches)


def _leading(role: str, source: Source) -> Sequence[Match]:
    """Return the columns that each begin a group: the likeliest for each number."""
    found = source.usable(role)
    if not roles()[role].numbered:
        return found[:1]
    known = [m for m in found if m.number or any(r.code in _KNOWN for r in m.reasons)]
    best: dict[int, Match] = {}
    for match in known:
        best.setdefault(match.number or 0, match)
    return [best[number] for number in sorted(best)]


def _group(
    entry: int, parts: Mapping[str, str], wanted: Mapping[str, str], matches: Mapping[str, Match]
) -> Group:
    number = next(iter(matches.values())).number or 0
    told = {
        name: text.replace("{n}", str(number)) for name, text in parts.items() if name not in wanted
    }
    told |= {
        name: column_expression(matches[role].column)
        for name, role in wanted.items()
        if role in matches
    }
    return Group(
        entry,
        number,
        {name: told[name] for name in parts if name in told},
        tuple(m.column for m in matches.values()),
        min(m.score for m in matches.values()),
        tuple(r for m in matches.values() for r in m.reasons),
    )
