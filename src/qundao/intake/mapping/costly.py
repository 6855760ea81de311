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
    in_place: exp.Expr

    def __deepcopy__(self, _: object) -> _Meant:
        return self


def costly(value: exp.Expr, in_place: exp.Expr | None = None) -> exp.Expr:
    """Return a column that stands for a value: the same one for the same value.

    in_place: what serves as well where the value is spoken of, if that is shorter.
    """
    told = value.sql("duckdb").encode("utf-8")
    column = exp.column(f"_costly_{hashlib.sha256(told).hexdigest()[:32]}")
    column.meta[_MARK] = _Meant(_whole(value), _whole(in_place or value))
    return column


def meant_by(node: exp.Expr, *, in_place: bool = False) -> exp.Expr | None:
    """Return the value that a node stands for, itself not to be changed; None for any other.

    in_place: return what serves as well where it stands.
    """
    meant = node.meta_get(_MARK) if isinstance(node, exp.Column) else None
    if not isinstance(meant, _Meant):
        return None
    return meant.in_place if in_place else meant.value


def _whole(value: exp.Expr) -> exp.Expr:
    return exp.paren(value) if isinstance(value, exp.Binary | exp.Not) else value


def columns_of(expression: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of an expression, and those of the costly values that it speaks of."""
    for column in expression.find_all(exp.Column):
        value = meant_by(column)
        if value is None:
            yield column
        else:
            yield from columns_of(value)
