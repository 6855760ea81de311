"""What the pages show of a definition: its words, warnings, concept sets, and as Circe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.hub.cohorts.models import DefinitionVersion, VersionState
from qundao.hub.pages.components import Tone
from qundao.hub.vocabulary.models import Concept
from qundao.hub.vocabulary.queries import concepts_named, nodes_holding
from qundao.kernel.errors import Problem, QundaoError
from qundao.kernel.words import Words
from qundao.query import ConceptItem, Population
from qundao.query.circe import write_circe
from qundao.query.exploring import exploring_refusals
from qundao.query.warnings import design_warnings
from qundao.query.words import words

MOST_SHOWN, MOST_TOLD = 200, 100
_LEVELS, _LONGEST_NAME = 6, 255
TONES = {
    VersionState.KEPT: Tone.PLAIN,
    VersionState.PROPOSED: Tone.WAIT,
    VersionState.RELEASED: Tone.DONE,
    VersionState.RETURNED: Tone.STOP,
    VersionState.WITHDRAWN: Tone.STOP,
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """One concept of a set, with its name: as nodes told it, else as the upload has it."""

    item: ConceptItem
    concept: Concept | None
    uploaded: str = ""

    @property
    def name(self) -> str:
        """Return the name, empty where nobody gave one."""
        return self.concept.title if self.concept else self.uploaded


@dataclass(frozen=True, slots=True)
class SetView:
    """A concept set: its items (the first of many), how many there are, nodes that hold any."""

    name: str
    items: tuple[ItemView, ...]
    total: int
    nodes: int


@dataclass(frozen=True, slots=True)
class PopulationView:
    """A population for a reader."""

    words: Words
    warnings: tuple[Problem, ...]
    too_fine: tuple[Problem, ...]
    sets: tuple[SetView, ...]


def view_of(population: Population, circe: str = "") -> PopulationView:
    """Return what a page shows of a population; `circe` is the text that it was read from."""
    return PopulationView(
        sentence(population),
        design_warnings(population)[:MOST_TOLD],
        exploring_refusals(population)[:MOST_TOLD],
        tuple(_sets(population, uploaded_names(circe))),
    )


def sentence(population: Population) -> Words:
    """Return a population in words, without its name and its lists of concepts."""
    said = words(population)
    sets = len(population.concept_sets)
    return Words(*("\n".join(_middle(t.split("\n"), sets)) for t in (said.zh, said.en)))


def _middle(lines: list[str], sets: int) -> list[str]:
    return lines[1 : len(lines) - sets]


def uploaded_names(circe: str) -> dict[int, str]:
    """Return the names that a Circe text gives to its concepts; they mean nothing to anything."""
    found: dict[int, str] = {}
    level: list[Any] = [json.loads(circe).get("ConceptSets") if circe else None]
    for _ in range(_LEVELS):
        level = [child for value in level for child in _children(value)]
        for value in level:
            if isinstance(value, dict):
                named = {str(k).upper(): v for k, v in value.items()}
                number, name = named.get("CONCEPT_ID"), named.get("CONCEPT_NAME")
                if isinstance(number, int) and isinstance(name, str):
                    found[number] = name[:_LONGEST_NAME]
    return found


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _sets(population: Population, uploaded: Mapping[int, str]) -> Iterable[SetView]:
    asked = (i.concept_id for s in population.concept_sets for i in s.items[:MOST_SHOWN])
    known = concepts_named(asked)
    nodes = nodes_holding(population.concept_sets)
    for one in population.concept_sets:
        items = tuple(
            ItemView(i, known.get(i.concept_id), uploaded.get(i.concept_id, ""))
            for i in one.items[:MOST_SHOWN]
        )
        yield SetView(one.name, items, len(one.items), nodes[one.name])


def circe_text(version: DefinitionVersion) -> str:
    """Return a version as Circe JSON: as uploaded, else written. Raises `query.invalid`."""
    if version.circe:
        return version.circe
    return json.dumps(write_circe(version.population), ensure_ascii=False, indent=2)


def has_circe(version: DefinitionVersion) -> bool:
    """Tell whether Circe has words for a version."""
    try:
        return bool(version.circe or write_circe(version.population))
    except QundaoError:
        return False
