"""Normal forms: whom an analysis divides, and by what, whatever things are called or how ordered.

Two analyses that divide the same people by the same thing in two ways give a third table away:
their difference. So both halves are compared in a form that leaves out names, labels, the order
and the repetition of parts, concept sets that nothing asks for, and what only moves the edges
(horizon, first day, follow-up). A form that says less than the definition can only make two
analyses look alike too often, never too seldom. Definitions that are written differently but
mean the same people are found on the node, in its rows (`study.differences`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qundao.analysis.sources import Covariates, Times
from qundao.kernel.canonical import canonical_json, digest
from qundao.query.adam import AdamBaseline, AdamTimeToEvent, Equals
from qundao.query.codec import encode
from qundao.query.concepts import ConceptSet
from qundao.query.measures import Baseline, TimeToEvent
from qundao.query.population import Population
from qundao.query.simplified import simplified

Sets = Mapping[str, Any]
_Rule = Callable[[dict[str, Any], Sets], Any]


def people(source: Times | Covariates, group: str) -> str:
    """Return the normal form of one arm's people, as a digest. Raises KeyError for no such arm."""
    return digest(_PEOPLE[type(source)](source, {a.label: a for a in source.arms}[group]))


def population_form(population: Population) -> str:
    """Return the normal form of a population by itself, as a digest: no-op parts are left out."""
    return digest(_normal(encode(simplified(population)), {}))


def outcome(source: Times) -> str:
    """Return the normal form of the event that a measure waits for, as a digest."""
    if isinstance(source, AdamTimeToEvent):
        return digest(["parameter", source.paramcd])
    return digest(["event", _normal(encode(source.outcome), _sets(source.concept_sets))])


def window(source: Times) -> list[Any]:
    """Return what moves the edges of the time to an event, as JSON; it is no part of `outcome`."""
    if isinstance(source, AdamTimeToEvent):
        return []
    return [source.first_day, source.horizon_days, source.follow_up.value]


def column(source: Covariates, name: str) -> str:
    """Return the normal form of one covariate, as a digest; a name that is not there is itself."""
    if isinstance(source, AdamBaseline):
        return digest(["variable", name])
    held = [c for c in source.covariates if c.name == name]
    return digest(["covariate", name if not held else _covariate(source, held[0])])


def _covariate(source: Baseline, covariate: Any) -> Any:
    found = _normal(encode(covariate), _sets(source.concept_sets))
    return {k: v for k, v in found.items() if k != "name"}


def _omop(source: TimeToEvent | Baseline, arm: Any) -> Any:  # noqa: ARG001
    return _normal(encode(arm.population), {})


def _adtte(source: AdamTimeToEvent, arm: Any) -> Any:
    """Who has a time to a parameter depends on the parameter."""
    return ["adtte", source.paramcd, *_subjects(source.filters, source.arm_variable, arm.values)]


def _adsl(source: AdamBaseline, arm: Any) -> Any:
    return ["adsl", *_subjects(source.filters, source.arm_variable, arm.values)]


def _subjects(
    filters: tuple[Equals, ...], variable: str, values: tuple[str, ...]
) -> tuple[Any, Any]:
    """Return the conditions on a subject: being of an arm is one more of them."""
    conditions = (*filters, Equals(variable, values))
    return ("conditions", _normal([encode(c) for c in conditions], {}))


_PEOPLE: Mapping[type, Callable[[Any, Any], Any]] = {
    TimeToEvent: _omop,
    Baseline: _omop,
    AdamTimeToEvent: _adtte,
    AdamBaseline: _adsl,
}


def _normal(value: Any, sets: Sets) -> Any:
    """Return a part of a definition without names, its concept sets in place, its lists sorted."""
    if isinstance(value, list):
        return _sorted([_normal(v, sets) for v in value])
    if not isinstance(value, dict):
        return value
    rule: _Rule = _RULES.get(value.get("kind", ""), _plain)
    return rule(value, sets)


def _plain(value: dict[str, Any], sets: Sets) -> dict[str, Any]:
    return {k: _normal(v, sets) for k, v in value.items()}


def _nameless(value: dict[str, Any], sets: Sets) -> dict[str, Any]:
    return _plain({k: v for k, v in value.items() if k != "name"}, sets)


def _population(value: dict[str, Any], sets: Sets) -> dict[str, Any]:  # noqa: ARG001
    own = {s["name"]: _normal(s["items"], {}) for s in value["concept_sets"]}
    return _nameless({k: v for k, v in value.items() if k != "concept_sets"}, own)


def _coded(value: dict[str, Any], sets: Sets) -> dict[str, Any]:
    """Put the codes where a part names their set."""
    named = {k: sets[value[k]] for k in ("concepts", "source_concepts") if k in value}
    return _plain({k: v for k, v in value.items() if k not in named}, sets) | named


def _group(value: dict[str, Any], sets: Sets) -> Any:
    """Say `all` and `any` where a number of parts comes to that."""
    held = _plain(value, sets)
    size = sum(len(value.get(k, ())) for k in ("events", "person", "groups"))
    if held["mode"] == "at_least" and held["count"] in (1, size):
        held["mode"] = "any" if held.pop("count") == 1 else "all"
    if held["mode"] == "any" and size == 1:
        held["mode"] = "all"
    return held


_RULES: Mapping[str, _Rule] = {
    "population": _population,
    "criterion": _coded,
    "coded_by_set": _coded,
    "person_by_set": _coded,
    "continuous_exposure": _coded,
    "group": _group,
    "rule": _nameless,
}


def _sets(sets: tuple[ConceptSet, ...]) -> Sets:
    return {s.name: _normal([encode(i) for i in s.items], {}) for s in sets}


def _sorted(values: list[Any]) -> list[Any]:
    """Return the values once each, in the order of their canonical texts."""
    return [v for _, v in sorted({canonical_json(v): v for v in values}.items())]
