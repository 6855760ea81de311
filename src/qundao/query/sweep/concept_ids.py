"""The concepts of many sets at once, by the rules of `compiler.concepts`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from qundao.query.compiler.concepts import MAPS_TO
from qundao.query.compiler.sql import both, col, is_in, text
from qundao.query.concepts import ConceptItem
from qundao.query.engine import Engine

Ids = npt.NDArray[np.int64]
Items = tuple[ConceptItem, ...]
NOTHING: Ids = np.empty(0, np.int64)


@dataclass(frozen=True)
class Pairs:
    """Which concepts belong to which: two columns, sorted by the first."""

    of: Ids
    ids: Ids

    def all_of(self, wanted: Ids) -> Ids:
        """Return the concepts that belong to any of the wanted ones."""
        low = np.searchsorted(self.of, wanted, "left")
        high = np.searchsorted(self.of, wanted, "right")
        parts = [self.ids[a:b] for a, b in zip(low, high, strict=True) if b > a]
        return np.concatenate(parts) if parts else NOTHING


@dataclass(frozen=True)
class Vocabulary:
    """What the source's vocabulary says of the concepts that some sets ask for."""

    present: Ids
    descendants: Pairs
    mapped: Pairs

    def resolve(self, items: Items) -> Ids:
        """Return the concepts of a set's items, sorted, each once."""
        found = self._included(i for i in items if not i.excluded)
        away = self._included(i for i in items if i.excluded)
        return np.setdiff1d(found, away, assume_unique=True) if len(away) else found

    def _included(self, items: Iterable[ConceptItem]) -> Ids:
        listed = list(items)
        mapped = self._plain([i for i in listed if i.mapped])
        found = [self._plain(listed), self.mapped.all_of(mapped)]
        return np.unique(np.concatenate(found))

    def _plain(self, items: list[ConceptItem]) -> Ids:
        direct = _ids(items)
        inside = np.intersect1d(direct, self.present, assume_unique=True)
        below = self.descendants.all_of(_ids([i for i in items if i.descendants]))
        return np.unique(np.concatenate([inside, below]))


def _ids(items: Iterable[ConceptItem]) -> Ids:
    return np.unique(np.fromiter((i.concept_id for i in items), np.int64))


def vocabulary_of(engine: Engine, sets: Collection[Items]) -> Vocabulary:
    """Return what a source says of all concepts that the sets name. Raises `engines.*`."""
    items = [i for s in sets for i in s]
    present = _column(engine, _present(_ids(items))) if items else NOTHING
    below = _ids(i for i in items if i.descendants)
    descendants = _pairs(engine, _descendants(below)) if len(below) else Pairs(NOTHING, NOTHING)
    plain = Vocabulary(present, descendants, Pairs(NOTHING, NOTHING))
    targets = plain._plain([i for i in items if i.mapped])
    mapped = _pairs(engine, _mapping(targets)) if len(targets) else Pairs(NOTHING, NOTHING)
    return Vocabulary(present, descendants, mapped)


def _column(engine: Engine, query: exp.Select) -> Ids:
    found = engine.query(query)[0].drop_null().to_numpy()
    return np.unique(found.astype(np.int64))


def _pairs(engine: Engine, query: exp.Select) -> Pairs:
    rows = engine.query(query).drop_null()
    of, ids = (rows[i].to_numpy().astype(np.int64) for i in (0, 1))
    order = np.argsort(of, kind="stable")
    return Pairs(of[order], ids[order])


def _present(ids: Ids) -> exp.Select:
    rows = exp.select(col("c", "concept_id")).from_(exp.table_("concept", alias="c"))
    return rows.where(_among(col("c", "concept_id"), ids))


def _descendants(ids: Ids) -> exp.Select:
    same = col("a", "descendant_concept_id").eq(col("c", "concept_id"))
    return (
        exp.select(col("a", "ancestor_concept_id"), col("c", "concept_id"))
        .from_(exp.table_("concept", alias="c"))
        .join(exp.table_("concept_ancestor", alias="a"), on=same)
        .where(_among(col("a", "ancestor_concept_id"), ids))
        .where(col("c", "invalid_reason").is_(exp.null()))
    )


def _mapping(ids: Ids) -> exp.Select:
    conditions = [
        col("r", "relationship_id").eq(text(MAPS_TO)),
        col("r", "invalid_reason").is_(exp.null()),
        _among(col("r", "concept_id_2"), ids),
    ]
    rows = exp.select(col("r", "concept_id_2"), col("r", "concept_id_1"))
    return rows.from_(exp.table_("concept_relationship", alias="r")).where(both(conditions))


def _among(value: exp.Expr, ids: Ids) -> exp.Expr:
    return is_in(value, ids.tolist())
