"""Costly values of a row, worked out once however often a query speaks of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from qundao.intake.mapping.costly import meant_by

ROW = "s"
"""The relation of a query that holds the source's rows."""


@dataclass
class Once:
    """Costly values of a row, worked out once: each level may read those of the levels before."""

    levels: list[dict[str, exp.Expr]] = field(default_factory=list)
    _read: dict[str, exp.Expr] = field(default_factory=dict)

    def read(self, column: exp.Expr) -> exp.Expr:
        """Return a column, itself changed, to read costly values from where they are worked out.

        One that needs more than the row itself is worked out where it is read.
        """

        def replaced(node: exp.Expr) -> exp.Expr:
            value = meant_by(node)
            return node if value is None else self._instead(node.name, value)

        return column.transform(replaced, copy=False)

    def _instead(self, name: str, value: exp.Expr) -> exp.Expr:
        if name not in self._read:
            held = self.read(value.copy())
            own = all(column.table == ROW for column in held.find_all(exp.Column))
            self._read[name] = self._worked_out(held) if own else held
        return self._read[name].copy()

    def _worked_out(self, value: exp.Expr) -> exp.Expr:
        """Return the column that a value is worked out as, on the first level that can."""
        read = {column.name for column in value.find_all(exp.Column)}
        depth = max((n for n, level in enumerate(self.levels, 1) if level.keys() & read), default=0)
        if depth == len(self.levels):
            self.levels.append({})
        alias = f"_once_{depth}_{len(self.levels[depth])}"
        self.levels[depth][alias] = value
        return exp.column(alias, table=ROW)
