"""What one source lacks for a definition: tables, columns, concepts, rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from qundao.kernel.errors import Problem, problem
from qundao.query.compiler.sources import check
from qundao.query.compiler.sql import col, is_in
from qundao.query.concepts import ConceptSet
from qundao.query.domains import DOMAINS
from qundao.query.engine import Engine
from qundao.query.population import Population
from qundao.query.reading import Cohort
from qundao.query.warnings import codes

_CONCEPT = "concept"
_SHOWN = 5


def source_warnings(engine: Engine, definition: Cohort) -> tuple[Problem, ...]:
    """Return what the source lacks. Nothing but ids of concepts is read. Raises `engines.*`."""
    lacking = check(definition, engine.schema)
    if not isinstance(definition, Population):
        return lacking
    return (*lacking, *_empty_tables(engine, definition), *_concepts(engine, definition))


def _empty_tables(engine: Engine, population: Population) -> Iterator[Problem]:
    tables = sorted({DOMAINS[c.domain].table for c in population.criteria})
    for table in tables:
        if table in engine.schema and not _has_rows(engine, table):
            yield problem(codes.EMPTY_IN_SOURCE, table, "source", table=table)


def _has_rows(engine: Engine, table: str) -> bool:
    one = exp.select(exp.convert(1).as_("found")).from_(exp.table_(table)).limit(1)
    return bool(engine.records(one))


def _concepts(engine: Engine, population: Population) -> Iterator[Problem]:
    """Yield each concept set of which the vocabulary lacks concepts; nothing without one."""
    asked = {i.concept_id for s in population.concept_sets for i in s.items}
    if _CONCEPT not in engine.schema or not asked:
        return
    known = _known(engine, asked)
    for i, one in enumerate(population.concept_sets):
        yield from _lacking(f"$.concept_sets[{i}]", one, known)


def _known(engine: Engine, asked: set[int]) -> set[int]:
    column = col("c", "concept_id")
    rows = exp.select(column).from_(exp.table_(_CONCEPT, alias="c"))
    found = engine.query(rows.where(is_in(column.copy(), sorted(asked))))
    return {int(v) for v in found.column(0).to_pylist()}


def _lacking(where: str, one: ConceptSet, known: set[int]) -> Iterator[Problem]:
    ids = sorted({i.concept_id for i in one.items})
    missing = [c for c in ids if c not in known]
    if missing:
        more = " …" if len(missing) > _SHOWN else ""
        told = ", ".join(map(str, missing[:_SHOWN])) + more
        facts = {"name": one.name, "all": len(ids), "missing": len(missing)}
        yield problem(codes.UNKNOWN_CONCEPTS, told, where, **facts)
