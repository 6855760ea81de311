"""Values that are worth working out once per row, however often a query speaks of them.

A costly value stands in an expression as a column of a name of its own, so that it is neither
copied nor written out as often as it is spoken of. Before a query is run, each is either worked out
beside the row and read from there (`load.once`) or spelled out where it stands.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlglot import exp

_MARK = "costly"


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a column stands for; copies of the column share it."""

    value: exp.Expr

    def __deepcopy__(self, _: object) -> _Meant:
        return self


def costly(value: exp.Expr) -> exp.Expr:
    """Return a column that stands for a value: the same one for the same value."""
    told = value.sql("duckdb").encode("utf-8")
    column = exp.column(f"_costly_{hashlib.sha256(told).hexdigest()[:32]}")
    whole = exp.paren(value, copy=False) if isinstance(value, exp.Binary | exp.Not) else value
    column.meta[_MARK] = _Meant(whole)
    return column


def meant_by(node: exp.Expr) -> exp.Expr | None:
    """Return the value that a node stands for, itself not to be changed; None for any other."""
    meant = node.meta_get(_MARK) if isinstance(node, exp.Column) else None
    return meant.value if isinstance(meant, _Meant) else None


def spelled_out(expression: exp.Expr) -> exp.Expr:
    """Return an expression, itself changed, with each costly value where it is spoken of."""

    def spelled(node: exp.Expr) -> exp.Expr:
        value = meant_by(node)
        return node if value is None else spelled_out(value.copy())

    return expression.transform(spelled, copy=False)
