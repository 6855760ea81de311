"""A population without the parts that change nothing: what is asked, said in one way.

Left out are parts that hold for everybody whatever the data are, so that adding them makes no
new question. Whether a part holds for everybody in one source is not looked at: that would be
an answer. So this finds what is empty by its form, not every way of saying the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from qundao.query.concepts import ConceptItem, ConceptSet
from qundao.query.criteria import Counting, Criterion, Group, Mode, Near
from qundao.query.population import Population


def simplified(population: Population) -> Population:
    """Return a population of the same people in the same stays, without what changes nothing."""
    empty = {s.name for s in population.concept_sets if all(i.excluded for i in s.items)}
    rules = [replace(r, group=_group(r.group, empty)) for r in population.rules]
    entry = population.entry
    criteria = tuple(_criterion(c, empty) for c in entry.criteria)
    additional = None if population.additional is None else _group(population.additional, empty)
    return replace(
        population,
        concept_sets=tuple(map(_set, population.concept_sets)),
        entry=replace(entry, criteria=criteria),
        additional=None if additional is None or _always(additional) else additional,
        rules=tuple(r for r in rules if not _always(r.group)),
        censoring=tuple(_criterion(c, empty) for c in population.censoring),
    )


def _set(held: ConceptSet) -> ConceptSet:
    """Leave out exclusions that take nothing out: single concepts of a list of others."""
    included = [i for i in held.items if not i.excluded]
    if any(i.descendants or i.mapped for i in included):
        return held
    ids = {i.concept_id for i in included}
    return replace(held, items=tuple(i for i in held.items if not _takes_nothing(i, ids)))


def _takes_nothing(item: ConceptItem, ids: set[int]) -> bool:
    alone = item.excluded and not item.descendants and not item.mapped
    return alone and item.concept_id not in ids


def _criterion(asked: Criterion, empty: Collection[str]) -> Criterion:
    if asked.near is None:
        return asked
    near = _group(asked.near, empty)
    return replace(asked, near=None if _always(near) else near)


def _group(asked: Group, empty: Collection[str]) -> Group:
    """Return a group of what decides; counting groups keep their size, so only `all` is thinned."""
    events = tuple(_near(n, empty) for n in asked.events)
    groups = tuple(_group(g, empty) for g in asked.groups)
    if asked.mode is not Mode.ALL:
        return replace(asked, events=events, groups=groups)
    events = tuple(n for n in events if not _holds(n, empty))
    inner = tuple(g for g in groups if not _always(g))
    lifted = [g for g in inner if g.mode is Mode.ALL and not g.person]
    kept = tuple(g for g in inner if g not in lifted)
    return replace(
        asked,
        events=(*events, *(n for g in lifted for n in g.events)),
        groups=(*kept, *(x for g in lifted for x in g.groups)),
    )


def _near(asked: Near, empty: Collection[str]) -> Near:
    """Say `exactly none` in one way."""
    criterion = _criterion(asked.criterion, empty)
    if asked.counting is Counting.AT_MOST and asked.count == 0:
        return replace(asked, criterion=criterion, counting=Counting.EXACTLY)
    return replace(asked, criterion=criterion)


def _holds(asked: Near, empty: Collection[str]) -> bool:
    """Tell whether a part holds for everybody: none required, or none of a set without concepts."""
    if asked.counting is Counting.AT_LEAST:
        return asked.count == 0
    none = asked.criterion.concepts in empty
    return none and (asked.counting is Counting.AT_MOST or asked.count == 0)


def _always(asked: Group) -> bool:
    """Tell whether a group holds for everybody by its form."""
    size = len(asked.parts)
    if size == 0 or (asked.mode is Mode.AT_LEAST and asked.count == 0):
        return True
    return asked.mode is Mode.AT_MOST and asked.count is not None and asked.count >= size
