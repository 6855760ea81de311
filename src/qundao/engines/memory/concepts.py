"""Which concepts a concept set means."""

from __future__ import annotations

from qundao.engines.memory.tables import Tables
from qundao.query.concepts import ConceptItem, ConceptSet


def concepts_of(tables: Tables, concepts: ConceptSet) -> set[int]:
    """Return the concept ids of a set."""
    included = {c for i in concepts.items if not i.excluded for c in _meant(tables, i)}
    excluded = {c for i in concepts.items if i.excluded for c in _meant(tables, i)}
    return included - excluded


def _meant(tables: Tables, item: ConceptItem) -> set[int]:
    base = _known(tables, item.concept_id)
    if item.descendants:
        base |= _descendants(tables, item.concept_id)
    return base | (_mapped_to(tables, base) if item.mapped else set())


def _known(tables: Tables, concept_id: int) -> set[int]:
    return {c["concept_id"] for c in tables["concept"] if c["concept_id"] == concept_id}


def _descendants(tables: Tables, concept_id: int) -> set[int]:
    below = {
        a["descendant_concept_id"]
        for a in tables["concept_ancestor"]
        if a["ancestor_concept_id"] == concept_id
    }
    valid = {c["concept_id"] for c in tables["concept"] if c.get("invalid_reason") is None}
    return below & valid


def _mapped_to(tables: Tables, base: set[int]) -> set[int]:
    return {
        r["concept_id_1"]
        for r in tables["concept_relationship"]
        if r["relationship_id"] == "Maps to"
        and r.get("invalid_reason") is None
        and r["concept_id_2"] in base
    }
