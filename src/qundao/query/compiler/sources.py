"""What a definition needs of a source, told before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from qundao.kernel.errors import Problem, problem
from qundao.query.codes import SOURCE_LACKS
from qundao.query.compiler.definitions import compile_query
from qundao.query.compiler.plan import Schema
from qundao.query.definition import Definition


def check(definition: Definition, schema: Schema) -> tuple[Problem, ...]:
    """Return a problem per table or column that the definition reads and the source lacks.

    A source that lacks something must say so instead of answering zero.
    """
    return lacking(compile_query(definition, schema), schema)


def lacking(query: exp.Select, schema: Schema) -> tuple[Problem, ...]:
    """Return a problem per table or column that a compiled query reads and the source lacks."""
    needed = sorted(set(_needed(query)))
    tables = [t for t in sorted({t for t, _ in needed}) if t not in schema]
    columns = [f"{t}.{c}" for t, c in needed if t in schema and not _has(schema, t, c)]
    received = ", ".join(sorted(schema)[:12])
    return tuple(problem(SOURCE_LACKS, received, "source", name=n) for n in (*tables, *columns))


def _has(schema: Schema, table: str, column: str) -> bool:
    return any(c.name == column for c in schema[table])


def _needed(query: exp.Select) -> Iterator[tuple[str, str]]:
    """Yield each source table with each column read from it.

    The compiler qualifies every column of a source; unqualified ones are those of its steps.
    """
    for scope in traverse_scope(query):
        real = {a: s.name.lower() for a, s in scope.sources.items() if isinstance(s, exp.Table)}
        for column in scope.columns:
            if column.table in real:
                yield real[column.table], column.name.lower()
