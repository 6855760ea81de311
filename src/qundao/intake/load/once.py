"""Costly values of a row, worked out once however often a query speaks of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from qundao.intake.mapping.costly import columns_of, meant_by

ROW = "s"
"""The relation of a query that holds the source's rows."""


@dataclass
class Once:
    """Costly values of a row, worked out once: each level may read those of the levels before.

    The levels are numbered from `first`, in the names of their columns.
    """

    first: int = 0
    levels: list[dict[str, exp.Expr]] = field(default_factory=list)
    _read: dict[str, exp.Expr] = field(default_factory=dict)

    def read(self, expression: exp.Expr) -> exp.Expr:
        """Return an expression, itself changed, to read costly values where they are worked out.

        One that needs more than the row itself is worked out where it is read.
        """

        def replaced(node: exp.Expr) -> exp.Expr:
            return node if meant_by(node) is None else self._instead(node)

        return expression.transform(replaced, copy=False)

    def beside(self, rows: exp.Select) -> exp.Select:
        """Return rows with what is worked out beside each."""
        for level in self.levels:
            values = [value.as_(alias, copy=False) for alias, value in level.items()]
            rows = exp.select(exp.Star(), *values).from_(rows.subquery(ROW))
        return rows

    def _instead(self, node: exp.Expr) -> exp.Expr:
        if node.name not in self._read:
            own = all(column.table == ROW for column in columns_of(node))
            value = meant_by(node, in_place=not own)
            assert value is not None
            held = self.read(value.copy())
            self._read[node.name] = self._worked_out(held) if own else held
        return self._read[node.name].copy()

    def _worked_out(self, value: exp.Expr) -> exp.Expr:
        """Return the column that a value is worked out as, on the first level that can."""
        read = {column.name for column in value.find_all(exp.Column)}
        depth = max((n for n, level in enumerate(self.levels, 1) if level.keys() & read), default=0)
        if depth == len(self.levels):
            self.levels.append({})
        alias = f"_once_{self.first + depth}_{len(self.levels[depth])}"
        self.levels[depth][alias] = value
        return exp.column(alias, table=ROW)


def over(query: exp.Select, rows: exp.Select, first: int = 0) -> exp.Select:
    """Return a query, itself changed, that reads rows; its costly values are worked out once."""
    once = Once(first)
    read = once.read(query)
    assert isinstance(read, exp.Select)
    return read.from_(once.beside(rows).subquery(ROW), copy=False)
