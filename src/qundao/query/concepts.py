"""Concept sets: which codes a criterion means."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.query.codes import invalid
from qundao.query.names import check_plain
from qundao.query.values import check_concept

MOST_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class ConceptItem:
    """One concept of a set; with its descendants, with what maps to it, or taken out."""

    concept_id: int
    descendants: bool = False
    mapped: bool = False
    excluded: bool = False

    def __post_init__(self) -> None:
        check_concept("concept_id", self.concept_id)


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """A named set: all concepts of its items less those of its excluded items.

    Published definitions have sets without items: no event is of such a set.
    """

    name: str
    items: tuple[ConceptItem, ...]

    def __post_init__(self) -> None:
        check_plain("name", self.name)
        if len(self.items) > MOST_ITEMS:
            raise invalid(
                "items",
                len(self.items),
                f"至多 {MOST_ITEMS} 个概念",
                f"at most {MOST_ITEMS} concepts",
            )


def concept_set(name: str, *concept_ids: int, descendants: bool = True) -> ConceptSet:
    """Return a set of concepts, by default with their descendants."""
    items = tuple(ConceptItem(c, descendants=descendants) for c in concept_ids)
    return ConceptSet(name, items)
