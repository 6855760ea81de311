"""Costly values of a row, worked out once however often a query speaks of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from qundao.intake.mapping.written import COSTLY

ROW = "s"
"""The relation of a query that holds the source's rows."""


@dataclass
class Once:
    """Costly values of a row, worked out once: each level may read those of the one before."""

    levels: list[dict[str, exp.Expr]] = field(default_factory=list)
    _aliases: dict[str, str] = field(default_factory=dict)

    def read(self, column: exp.Expr) -> exp.Expr:
        """Return a column, itself changed, to read costly values from where they are worked out."""

        def replaced(node: exp.Expr) -> exp.Expr:
            if not node.meta.get(COSTLY) or any(c.table != ROW for c in node.find_all(exp.Column)):
                return node
            return exp.column(self._alias(node), table=ROW)

        return column.transform(replaced, copy=False)

    def _alias(self, value: exp.Expr) -> str:
        """Return the name of a value: the same values, by their text, are worked out once."""
        told = value.sql("duckdb")
        if told not in self._aliases:
            self._aliases[told] = self._added(value)
        return self._aliases[told]

    def _added(self, value: exp.Expr) -> str:
        inner = [n for n in value.find_all(exp.Expression) if n is not value and n.meta.get(COSTLY)]
        bare = value.copy()
        bare.meta[COSTLY] = False
        depth = 1 if inner else 0
        while len(self.levels) <= depth:
            self.levels.append({})
        held = self.read(bare) if inner else bare
        alias = f"_once_{depth}_{len(self.levels[depth])}"
        self.levels[depth][alias] = held
        return alias
