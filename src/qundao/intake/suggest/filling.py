"""Fills a plan's expressions with a source's columns: `{role}` becomes the likeliest column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qundao.intake.profile_result import TableProfile
from qundao.intake.suggest.identity import identifying
from qundao.intake.suggest.lexicon import roles
from qundao.intake.suggest.reasons import Because, because, percent
from qundao.intake.suggest.result import Candidate, KindSuggestion
from qundao.intake.suggest.roles import Match, Matches
from qundao.intake.suggest.rules import lists

PERSON = "person"
"""The one role whose columns may identify somebody: plans speak of it inside `person(…)` alone."""

_ROLE = re.compile(r"\{(\w+)\}")
_LIST = re.compile(r"\bcode\((\w+),")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
_WORDS = frozenset(("and", "or", "not", "in", "is", "empty"))
_SECOND_CHOICE, _UNSURE, _MOST = 0.8, 0.6, 5


@dataclass(frozen=True)
class Source:
    """A profiled table with the kind that it is taken for, and its columns by role."""

    table: TableProfile
    kind: KindSuggestion
    matches: Matches

    @cached_property
    def identity(self) -> frozenset[str]:
        """Return the columns that may identify somebody."""
        return frozenset(c.name for c in self.table.columns if identifying(c))

    def usable(self, role: str) -> Sequence[Match]:
        """Return the columns for a role, without those that identify somebody."""
        found = self.matches.get(role, ())
        return found if role == PERSON else [m for m in found if m.column not in self.identity]


def filled(templates: Sequence[str], source: Source) -> tuple[Candidate, ...]:
    """Return the expressions that a source's columns make of a field's templates, best first.

    The first template that can be filled leads; a later one says what it stands in for.
    """
    found: list[Candidate] = []
    missing: list[str] = []
    for nth, template in enumerate(templates):
        wanted = _ROLE.findall(template)
        lacking = [role for role in wanted if not source.usable(role)]
        if lacking:
            missing += [role for role in lacking if role not in missing]
            continue
        why = _instead(missing) if nth else ()
        weight = _SECOND_CHOICE**nth
        found += [_candidate(template, c, source, weight, why) for c in _choices(wanted, source)]
    unique = {c.expression: c for c in sorted(found, key=lambda c: c.score)}
    return tuple(sorted(unique.values(), key=lambda c: -c.score)[:_MOST])


def filled_text(template: str, source: Source) -> str | None:
    """Return a template with the likeliest columns; None where one is missing."""
    wanted = _ROLE.findall(template)
    if any(not source.usable(role) for role in wanted):
        return None
    return _put(template, {role: source.usable(role)[0] for role in wanted})


def column_expression(name: str) -> str:
    """Return a column as an expression names it, in quotes where it needs them."""
    if _PLAIN_NAME.fullmatch(name) and name.lower() not in _WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def lists_in(expression: str) -> tuple[str, ...]:
    """Return the lists of codes that an expression looks up."""
    return tuple(dict.fromkeys(_LIST.findall(expression)))


def _choices(wanted: Sequence[str], source: Source) -> Iterator[Mapping[str, Match]]:
    """Yield the likeliest column for each role, then others for one role at a time."""
    best = {role: source.usable(role)[0] for role in wanted}
    yield best
    for role in best:
        for other in source.usable(role)[1:_MOST]:
            yield best | {role: other}


def _candidate(
    template: str,
    choice: Mapping[str, Match],
    source: Source,
    weight: float,
    why: tuple[Because, ...],
) -> Candidate:
    kind = source.kind
    sure = (1 + kind.score) / 2
    score = min((m.score for m in choice.values()), default=1.0) * weight * sure
    reasons = [r for m in choice.values() for r in m.reasons]
    if not choice:
        reasons.append(because("fixed_by_kind", kind_zh=kind.words.zh, kind_en=kind.words.en))
    told = because(
        "kind_of_source", kind_zh=kind.words.zh, kind_en=kind.words.en, score=percent(kind.score)
    )
    expression = _put(template, choice)
    needed = [n for n in lists_in(expression) if n in lists() and not lists()[n].whole]
    needs = [because("needs_list", list=name) for name in needed]
    adapt = bool(needs or why) or score < _UNSURE
    columns = tuple(m.column for m in choice.values())
    return Candidate(expression, columns, score, (*reasons, told, *why, *needs), adapt)


def _put(template: str, choice: Mapping[str, Match]) -> str:
    return _ROLE.sub(lambda found: column_expression(choice[found[1]].column), template)


def _instead(missing: Sequence[str]) -> tuple[Because, ...]:
    words = [roles()[role].words for role in missing]
    if not words:
        return ()
    zh, en = "、".join(w.zh for w in words), ", ".join(w.en for w in words)
    return (because("instead_of", missing_zh=zh, missing_en=en),)
