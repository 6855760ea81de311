"""Concept sets to SQL: `concept`, `concept_ancestor` and `concept_relationship` decide.

After Circe: a concept counts if the vocabulary has it, its descendants if they are valid; what
is mapped are the concepts that map to one of those; excluded items are taken away last.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import both, col, in_rows, is_in, text
from qundao.query.concepts import ConceptItem, ConceptSet

MAPS_TO = "Maps to"


def concept_rows(plan: Plan, name: str) -> exp.Select:
    """Return the query over one step that holds the concept ids of a set."""
    step = plan.step("concepts", _concept_set(plan.concept_sets[name]))
    return exp.select("concept_id").from_(exp.table_(step))


def _concept_set(concepts: ConceptSet) -> exp.Query:
    included = _resolved(tuple(i for i in concepts.items if not i.excluded))
    if included is None:
        nothing = exp.select(col("c", "concept_id")).from_(exp.table_("concept", alias="c"))
        return nothing.where(exp.false())
    away = _resolved(tuple(i for i in concepts.items if i.excluded))
    if away is None:
        return included
    rows = exp.Subquery(this=included, alias=exp.to_identifier("i"))
    kept = exp.not_(in_rows(col("i", "concept_id"), away))
    return exp.select(col("i", "concept_id")).from_(rows).where(kept)


def _resolved(items: tuple[ConceptItem, ...]) -> exp.Query | None:
    """Return the distinct concepts of items, or None if there are no items."""
    if not items:
        return None
    queries = [_direct(items)]
    with_descendants = tuple(i for i in items if i.descendants)
    if with_descendants:
        queries.append(_descendants(with_descendants))
    mapped = tuple(i for i in items if i.mapped)
    if mapped:
        queries.append(_mapping(mapped))
    return _union(queries)


def _union(queries: list[exp.Select]) -> exp.Query:
    if len(queries) == 1:
        return queries[0].distinct()
    return exp.union(*queries, distinct=True)


def _direct(items: tuple[ConceptItem, ...]) -> exp.Select:
    ids = [i.concept_id for i in items]
    rows = exp.table_("concept", alias="c")
    return exp.select(col("c", "concept_id")).from_(rows).where(is_in(col("c", "concept_id"), ids))


def _descendants(items: tuple[ConceptItem, ...]) -> exp.Select:
    ids = [i.concept_id for i in items]
    return (
        exp.select(col("c", "concept_id"))
        .from_(exp.table_("concept", alias="c"))
        .join(
            exp.table_("concept_ancestor", alias="a"),
            on=col("a", "descendant_concept_id").eq(col("c", "concept_id")),
        )
        .where(is_in(col("a", "ancestor_concept_id"), ids))
        .where(col("c", "invalid_reason").is_(exp.null()))
    )


def _mapping(items: tuple[ConceptItem, ...]) -> exp.Select:
    """Return the concepts that map to one of the items, or to a descendant where asked."""
    queries = [_direct(items)]
    with_descendants = tuple(i for i in items if i.descendants)
    if with_descendants:
        queries.append(_descendants(with_descendants))
    conditions = [
        col("r", "relationship_id").eq(text(MAPS_TO)),
        col("r", "invalid_reason").is_(exp.null()),
        in_rows(col("r", "concept_id_2"), _union(queries)),
    ]
    relation = exp.table_("concept_relationship", alias="r")
    return (
        exp.select(col("r", "concept_id_1").as_("concept_id"))
        .from_(relation)
        .where(both(conditions))
    )
