"""The query in the making: named steps (CTEs), each made once however often it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from qundao.query.concepts import ConceptSet
from qundao.query.engine import Column

Schema = Mapping[str, tuple[Column, ...]]


class Plan:
    """Collects the steps of one query. A step that equals an earlier one is that one."""

    def __init__(self, schema: Schema, concept_sets: tuple[ConceptSet, ...] = ()) -> None:
        self.schema = schema
        self.concept_sets = {s.name: s for s in concept_sets}
        self._steps: dict[exp.Query, str] = {}

    def step(self, what: str, query: exp.Query) -> str:
        """Add a step and return its name, made of `what` and a number."""
        if query not in self._steps:
            self._steps[query] = f"{what}_{len(self._steps) + 1}"
        return self._steps[query]

    def with_sets(self, concept_sets: tuple[ConceptSet, ...]) -> Plan:
        """Return a plan with other concept sets that adds its steps to this one."""
        other = Plan(self.schema, concept_sets)
        other._steps = self._steps
        return other

    def has(self, table: str, column: str) -> bool:
        """Tell whether the source has a column."""
        return any(c.name == column for c in self.schema.get(table, ()))

    def finish(self, query: exp.Select) -> exp.Select:
        """Return `query` with all steps before it."""
        done = query
        for step, name in self._steps.items():
            done = done.with_(name, as_=step, copy=False)
        return done
