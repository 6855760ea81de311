"""Values that are worth working out once per row, however often a query speaks of them.

A costly value stands in an expression as a column of a name of its own, so that it is neither
copied nor written out as often as it is spoken of. Before a query is run, each is worked out beside
the row and read from there (`load.once`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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


def columns_of(expression: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of an expression, and those of the costly values that it speaks of."""
    for column in expression.find_all(exp.Column):
        value = meant_by(column)
        if value is None:
            yield column
        else:
            yield from columns_of(value)
