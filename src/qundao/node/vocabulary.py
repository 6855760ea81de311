"""What this node tells of an OMOP source's vocabulary: bands of people, never numbers.

Told of are concepts that at least `least` people hold, those that stand above them (these
without people: they follow from the others), the releases, and which tables and columns of the
standard model are there. Names only of vocabularies that may be told; see `node.licences`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from qundao.catalogue.bands import band
from qundao.catalogue.vocabulary import LONGEST, MOST_CONCEPTS, SCHEMA, read_vocabulary
from qundao.models import ModelVersion, model_of
from qundao.node import environment
from qundao.node.licences import names_told
from qundao.query.domains import DOMAINS
from qundao.query.engine import Engine

MOST_USED = MOST_CONCEPTS // 2
WHOLE = 10
"""A vocabulary is whole that holds at least this many times the concepts in use."""
CHINESE = 4182948
"""The OMOP concept of the Chinese language."""
_CHUNK = 5000
_CONCEPT = ("concept_id", "concept_code", "vocabulary_id", "domain_id", "standard_concept")


def told_of(engine: Engine, model: ModelVersion, least: int) -> dict[str, Any] | None:
    """Return what is told of a source; None for what is not OMOP, or where the site tells nothing.

    Raises `engines.*`, and what the hub would refuse it for.
    """
    wanted = environment.VOCABULARY.value(os.environ)
    if not wanted or model.standard != "omop" or "concept" not in engine.schema:
        return None
    told = _Teller(engine, model, least, names_told()).tell()
    read_vocabulary(told, least)
    return told


def summary(told: Mapping[str, Any] | None, *, whole: bool) -> dict[str, Any] | None:
    """Return what the steward sees of what was told: concepts, how many with names."""
    if told is None:
        return None
    named = sum("name" in c for c in told["concepts"])
    return {"concepts": len(told["concepts"]), "named": named, "whole": whole}


def is_whole(engine: Engine) -> bool:
    """Tell whether a concept that the vocabulary lacks says nothing about the people."""
    if "concept" not in engine.schema:
        return False
    held = engine.records(exp.select(_count().as_("n")).from_(_table("concept")))[0]["n"]
    used = exp.select(exp.Count(this=exp.Distinct(expressions=[_column("c")])).as_("n"))
    rows = [_concepts_of(t, c) for t, c in _places(engine)]
    if not rows:
        return bool(held)
    union = rows[0] if len(rows) == 1 else exp.union(*rows, distinct=True)
    return bool(held >= WHOLE * engine.records(used.from_(union.subquery("u")))[0]["n"])


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells of one source. `names`: the vocabularies whose names may be told."""

    engine: Engine
    model: ModelVersion
    least: int
    names: frozenset[str]

    def tell(self) -> dict[str, Any]:
        """Return the aggregate."""
        used = self._used()
        above = self._above(used)
        told = {c: band(n, self.least).text for c, n in used.items()}
        return {
            "schema": SCHEMA,
            "model": str(self.model),
            "whole": is_whole(self.engine),
            "releases": list(self._releases()),
            "tables": list(self._tables()),
            "concepts": list(self._concepts(told, above)),
        }

    def _used(self) -> dict[int, int]:
        """Return the concepts that enough people hold, the most common first."""
        most: dict[int, int] = {}
        people = exp.Count(this=exp.Distinct(expressions=[_column("person_id")]))
        for table, concept in _places(self.engine):
            query = (
                exp.select(_column(concept).as_("c"), people.copy().as_("n"))
                .from_(_table(table))
                .where(_column(concept) > exp.Literal.number(0))
                .group_by(_column(concept))
                .having(people.copy() >= exp.Literal.number(self.least))
            )
            for row in self.engine.records(query):
                most[int(row["c"])] = max(most.get(int(row["c"]), 0), int(row["n"]))
        ranked = sorted(most.items(), key=lambda held: (-held[1], held[0]))
        return dict(ranked[:MOST_USED])

    def _above(self, used: Mapping[int, int]) -> list[int]:
        """Return the concepts above those in use, without any that are in use themselves."""
        if "concept_ancestor" not in self.engine.schema or not used:
            return []
        above: set[int] = set()
        for ids in _chunks(sorted(used)):
            query = (
                exp.select(_column("ancestor_concept_id").as_("c"))
                .distinct()
                .from_(_table("concept_ancestor"))
                .where(_column("descendant_concept_id").isin(*ids))
            )
            above |= {int(r["c"]) for r in self.engine.records(query)}
        return sorted(above - used.keys())[: MOST_CONCEPTS - len(used)]

    def _concepts(self, told: Mapping[int, str], above: list[int]) -> Iterator[dict[str, Any]]:
        chinese = self._chinese([*told, *above])
        for ids in _chunks([*told, *above]):
            held = {int(r["concept_id"]): r for r in self._rows(ids)}
            for concept in ids:
                if concept in held:
                    yield self._concept(held[concept], told.get(concept), chinese.get(concept))

    def _rows(self, ids: list[int]) -> list[dict[str, Any]]:
        columns = [_column(c) for c in (*_CONCEPT, "concept_name")]
        query = exp.select(*columns).from_(_table("concept"))
        return self.engine.records(query.where(_column("concept_id").isin(*ids)))

    def _concept(
        self, row: Mapping[str, Any], persons: str | None, chinese: str | None
    ) -> dict[str, Any]:
        vocabulary = _clean(row["vocabulary_id"], 60) or "–"
        told: dict[str, Any] = {
            "id": int(row["concept_id"]),
            "code": _clean(row["concept_code"], 60) or "–",
            "vocabulary": vocabulary,
            "domain": _clean(row["domain_id"], 60) or "–",
            "standard": row["standard_concept"] == "S",
        }
        if vocabulary in self.names:
            told["name"] = _clean(row["concept_name"], LONGEST)
            if chinese:
                told["zh"] = chinese
        return told if persons is None else told | {"persons": persons}

    def _chinese(self, ids: list[int]) -> dict[int, str]:
        """Return the Chinese names that the vocabulary has as synonyms."""
        if "concept_synonym" not in self.engine.schema:
            return {}
        found: dict[int, str] = {}
        for some in _chunks(ids):
            query = (
                exp.select(_column("concept_id"), _column("concept_synonym_name").as_("name"))
                .from_(_table("concept_synonym"))
                .where(_column("concept_id").isin(*some))
                .where(_column("language_concept_id").eq(exp.Literal.number(CHINESE)))
                .order_by(_column("concept_id"), _column("concept_synonym_name"))
            )
            for row in self.engine.records(query):
                found.setdefault(int(row["concept_id"]), _clean(row["name"], LONGEST))
        return found

    def _releases(self) -> Iterator[dict[str, str]]:
        if "vocabulary" not in self.engine.schema:
            return
        columns = (_column("vocabulary_id").as_("v"), _column("vocabulary_version").as_("n"))
        for row in self.engine.records(exp.select(*columns).from_(_table("vocabulary")).limit(500)):
            name = _clean(row["v"], 60)
            if name:
                yield {"vocabulary": name, "version": _clean(row["n"], LONGEST)}

    def _tables(self) -> Iterator[dict[str, Any]]:
        """Yield the tables and columns of the standard model that are there; no others."""
        for table in model_of(self.model).tables:
            name = table.name.lower()
            held = {c.name for c in self.engine.schema.get(name, ())}
            declared = [f.name.lower() for f in table.fields if f.name.lower() in held]
            if declared:
                yield {"table": name, "columns": declared}


def _places(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield every table of events that the source has, with its concept's column."""
    for domain in DOMAINS.values():
        columns = {c.name for c in engine.schema.get(domain.table, ())}
        if {"person_id", domain.concept} <= columns:
            yield domain.table, domain.concept


def _concepts_of(table: str, concept: str) -> exp.Select:
    return exp.select(_column(concept).as_("c")).from_(_table(table))


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _clean(value: Any, longest: int) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(value or ""))
    return " ".join(text.split())[:longest]


def _count() -> exp.Count:
    return exp.Count(this=exp.Star())


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.table_(name, quoted=True)
