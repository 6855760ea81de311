"""Every design warning of a definition, in the order of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from qundao.kernel.errors import Problem, problem
from qundao.kernel.words import Words
from qundao.query.adam import AdamPopulation
from qundao.query.criteria import Criterion, Group, Mode, Near
from qundao.query.domains import DOMAINS, Domain
from qundao.query.population import Population
from qundao.query.reading import Cohort
from qundao.query.walking import parts
from qundao.query.warnings import codes
from qundao.query.warnings.exits import exit_warnings
from qundao.query.warnings.facts import clashes, hopeless, possible_words
from qundao.query.warnings.meeting import Meeting, contradictions, is_empty
from qundao.query.warnings.ranges import shown
from qundao.query.warnings.windows import empty_window, windows_clash

_NO_CONCEPT_NEEDED = frozenset({Domain.DEATH, Domain.OBSERVATION_PERIOD, Domain.PAYER_PLAN_PERIOD})


def design_warnings(definition: Cohort) -> tuple[Problem, ...]:
    """Return what looks wrong in a definition, whatever the data: problems, in order of place."""
    if isinstance(definition, AdamPopulation):
        return tuple(_filters(definition))
    found = [w for check in _CHECKS for w in check(definition)]
    order = {path: i for i, (path, _) in enumerate(parts(definition))}
    return tuple(sorted(found, key=lambda w: _place(w.where, order)))


def _place(where: str, order: Mapping[str, int]) -> int:
    """Return the place of an object, or of the one that a plain field belongs to."""
    return order.get(where, order.get(where.rpartition(".")[0], len(order)))


def _asked(population: Population) -> set[str]:
    """Return the names of the concept sets that something asks for."""
    fields = ("concepts", "source_concepts")
    named = (getattr(p, f, None) for _, p in parts(population) for f in fields)
    return {n for n in named if isinstance(n, str)}


def _sets(population: Population) -> Iterator[Problem]:
    used = _asked(population)
    for i, one in enumerate(population.concept_sets):
        where = f"$.concept_sets[{i}]"
        if is_empty(one):
            yield problem(codes.EMPTY_SET, len(one.items), where, name=one.name)
        if one.name not in used:
            yield problem(codes.UNUSED_SET, one.name, where, name=one.name)


def _criteria(population: Population) -> Iterator[Problem]:
    for path, part in parts(population):
        if isinstance(part, Criterion):
            yield from _criterion(path, part)


def _criterion(path: str, asked: Criterion) -> Iterator[Problem]:
    named = asked.concepts is not None or asked.source_concepts is not None
    if not named and asked.domain not in _NO_CONCEPT_NEEDED:
        words = DOMAINS[asked.domain].words
        yield problem(codes.ANY_CONCEPT, "", path, domain_zh=words.zh, domain_en=words.en)
    for clash in clashes(asked.where):
        yield problem(codes.CONTRADICTION, _told(clash), path)


def _ranges(population: Population) -> Iterator[Problem]:
    for path, part in parts(population):
        if hopeless(part):
            words = possible_words(part)
            facts = {"required_zh": words.zh, "required_en": words.en}
            yield problem(codes.EMPTY_RANGE, shown(part.range), f"{path}.range", **facts)


def _windows(population: Population) -> Iterator[Problem]:
    for path, part in parts(population):
        if not isinstance(part, Near):
            continue
        for name in ("window", "second_window"):
            window = getattr(part, name)
            if window is not None and empty_window(window):
                received = f"{window.first_day} … {window.last_day}"
                yield problem(codes.WINDOW, received, f"{path}.{name}")
        if windows_clash(part):
            yield problem(codes.WINDOW, _told((part.window, part.second_window)), path)


def _groups(population: Population) -> Iterator[Problem]:
    for path, part in parts(population):
        if not isinstance(part, Group):
            continue
        for clash in contradictions(part):
            yield problem(codes.CONTRADICTION, _told(clash), path)
        size = len(part.parts)
        if part.mode is Mode.AT_LEAST and size and (part.count or 0) > size:
            facts = {"count": part.count, "parts": size}
            yield problem(codes.TOO_FEW, part.count, f"{path}.count", **facts)


def _nobody(population: Population) -> Iterator[Problem]:
    """Yield the parts that decide who is in and that nobody can meet."""
    meeting = Meeting({s.name for s in population.concept_sets if is_empty(s)})
    for i, criterion in enumerate(population.entry.criteria):
        if not meeting.criterion(criterion):
            yield _met_by_nobody(f"$.entry.criteria[{i}]", DOMAINS[criterion.domain].words)
    if population.additional is not None and not meeting.group(population.additional):
        yield _met_by_nobody("$.additional", Words("附加条件", "additional criteria"))
    for i, rule in enumerate(population.rules):
        if not meeting.group(rule.group):
            yield _met_by_nobody(f"$.rules[{i}]", Words(rule.name, rule.name))


def _met_by_nobody(where: str, name: Words) -> Problem:
    return problem(codes.NOBODY, name.en, where, name_zh=name.zh, name_en=name.en)


def _same_rules(population: Population) -> Iterator[Problem]:
    first: dict[Group, str] = {}
    for i, rule in enumerate(population.rules):
        other = first.setdefault(rule.group, rule.name)
        if other != rule.name:
            yield problem(codes.SAME_RULE, rule.name, f"$.rules[{i}]", name=rule.name, other=other)


def _filters(population: AdamPopulation) -> Iterator[Problem]:
    """Yield filters of one variable that no subject can meet together."""
    left: dict[str, set[str]] = {}
    for i, asked in enumerate(population.filters):
        values = left.setdefault(asked.variable, set(asked.values))
        values &= set(asked.values)
        if not values:
            yield problem(codes.CONTRADICTION, asked.variable, f"$.filters[{i}]")


def _told(facts: tuple[Any, ...]) -> str:
    """Return the parts that contradict each other, for a message."""
    return " ↔ ".join(_one(f) for f in facts)


def _one(fact: Any) -> str:
    if isinstance(fact, Near):
        return f"{fact.counting} {fact.count}"
    if hasattr(fact, "range"):
        return shown(fact.range)
    if hasattr(fact, "first_day"):
        return f"{fact.event}: {fact.first_day} … {fact.last_day}"
    return ", ".join(map(str, fact.concepts))


_CHECKS: tuple[Callable[[Population], Iterator[Problem]], ...] = (
    _sets,
    _criteria,
    _ranges,
    _windows,
    _groups,
    _nobody,
    _same_rules,
    exit_warnings,
)
