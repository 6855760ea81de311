"""What a source cannot answer, said before anything runs: an answer of zero would be false.

What is told is about tables, columns and vocabulary only. That a table holds fewer rows than
the threshold, or a column no content, is in the profile that the hub has already. That a
vocabulary lacks a concept is told of whole vocabularies alone: one trimmed to what is in use
would tell who is not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from qundao.catalogue.bands import Band
from qundao.catalogue.filled import holds_nothing
from qundao.kernel.errors import Problem, problem
from qundao.node.codes import CANNOT_ANSWER
from qundao.node.datasets import Version
from qundao.query import DOMAINS, ConceptSet, Criterion, Definition, HasCondition, HasDrug, check
from qundao.query.asked import asked_columns
from qundao.query.engine import Engine
from qundao.query.population import ContinuousExposure
from qundao.query.walking import parts

_VOCABULARY = ("concept", "concept_ancestor", "concept_relationship")
_NAMING = ("concepts", "source_concepts")


def cannot_answer(engine: Engine, version: Version, definition: Definition) -> tuple[Problem, ...]:
    """Return everything that a source lacks for a definition: `node.cannot_answer`, sorted."""
    lacking = [dict(p.facts)["name"] for p in check(definition, engine.schema)]
    if lacking:
        return tuple(_lacks(name) for name in lacking)
    if not version.model.startswith("omop"):
        return ()
    found = (
        *_small_tables(version, definition),
        *_empty_columns(version, definition),
        *_empty_vocabulary(engine, definition),
        *(_unknown(engine, definition) if version.whole else ()),
    )
    return tuple(dict.fromkeys(found))


def _lacks(name: str) -> Problem:
    table, _, column = name.partition(".")
    if column:
        return _problem(name, f"表 {table} 中有列 {column}", f"a column {column} in {table}")
    return _problem(name, f"表 {table}", f"a table {table}")


def _small_tables(version: Version, definition: Definition) -> Iterator[Problem]:
    """Yield each table of events that holds fewer rows than may be told of, or none."""
    told = {t["table"]: Band.parse(t["rows"]) for t in version.body["profile"]["tables"]}
    asked = {DOMAINS[p.domain].table for _, p in parts(definition) if isinstance(p, Criterion)}
    for table in sorted(asked & told.keys()):
        rows = told[table]
        if rows.small and rows.high is not None:
            least = rows.high + 1
            yield _problem(
                table, f"表 {table} 中至少 {least} 行", f"at least {least} rows in {table}"
            )


def _empty_columns(version: Version, definition: Definition) -> Iterator[Problem]:
    """Yield the columns asked for that the registered profile shows without content."""
    profile = version.body["profile"]
    for asked in asked_columns(definition):
        if all(holds_nothing(profile, asked.table, c, zero=asked.zero) for c in asked.columns):
            column = " | ".join(asked.columns)
            zh, en = f"表 {asked.table} 的列 {column} 中有内容", f"values in {asked.table}.{column}"
            yield _problem(f"{asked.table}.{column}", zh, en)


def _empty_vocabulary(engine: Engine, definition: Definition) -> Iterator[Problem]:
    """Yield the tables of the vocabulary that concept sets ask and that are empty."""
    items = [i for s in _sets(definition) for i in s.items]
    needed = {"concept": bool(items)}
    needed["concept_ancestor"] = any(i.descendants for i in items)
    needed["concept_relationship"] = any(i.mapped for i in items)
    for table in _VOCABULARY:
        if needed[table] and table in engine.schema and not _has_rows(engine, table):
            yield _problem(table, f"表 {table} 中有词表", f"a vocabulary in {table}")


def _has_rows(engine: Engine, table: str) -> bool:
    one = exp.select(exp.convert(1).as_("found")).from_(exp.table_(table)).limit(1)
    return bool(engine.records(one))


def _unknown(engine: Engine, definition: Definition) -> Iterator[Problem]:
    """Yield the concept sets of which the vocabulary has no concept at all."""
    asked = {s.name: {i.concept_id for i in s.items} for s in _sets(definition) if s.items}
    single = (p for _, p in parts(definition) if isinstance(p, HasCondition | HasDrug))
    asked |= {str(p.concept_id): {p.concept_id} for p in single}
    known = _known(engine, sorted(set().union(*asked.values())))
    for name in sorted(asked):
        if not asked[name] & known:
            zh, en = f"词表中有概念集“{name}”的概念", f"a vocabulary with concepts of “{name}”"
            yield _problem(name, zh, en)


def _known(engine: Engine, ids: list[int]) -> set[int]:
    if not ids or "concept" not in engine.schema:
        return set(ids)
    column = exp.column("concept_id", quoted=True)
    query = exp.select(column.as_("c")).from_(exp.table_("concept", quoted=True))
    return {int(r["c"]) for r in engine.records(query.where(column.isin(*ids)))}


def _sets(definition: Definition) -> list[ConceptSet]:
    """Return the concept sets that something asks for."""
    held = [p for _, p in parts(definition)]
    named = {getattr(p, f, None) for p in held if isinstance(p, Criterion) for f in _NAMING}
    named |= {p.concepts for p in held if isinstance(p, ContinuousExposure)}
    return [p for p in held if isinstance(p, ConceptSet) and p.name in named]


def _problem(name: str, zh: str, en: str) -> Problem:
    return problem(CANNOT_ANSWER, name, "source", zh=zh, en=en)
