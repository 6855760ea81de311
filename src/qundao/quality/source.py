"""What a rule sees of the data: which tables and fields are there, and each as its kind.

A column may have another type than the model declares (a CSV's dates are text). It is then read
as the declared kind; what cannot be read so counts as absent here, and `cdmDatatype` names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlglot import exp

from qundao.models.model import Kind, Model
from qundao.quality.measure import ROW, is_null
from qundao.query.engine import Engine

_FAMILIES = (
    ("interval", None),
    ("timestamp", Kind.DATETIME),
    ("datetime", Kind.DATETIME),
    ("date", Kind.DATE),
    ("char", Kind.TEXT),
    ("text", Kind.TEXT),
    ("string", Kind.TEXT),
    ("int", Kind.INTEGER),
    ("serial", Kind.INTEGER),
    ("double", Kind.NUMBER),
    ("float", Kind.NUMBER),
    ("real", Kind.NUMBER),
    ("decimal", Kind.NUMBER),
    ("numeric", Kind.NUMBER),
)
_NESTED = re.compile(r"\[|<|^(struct|map|union|enum|array|list)\b", re.IGNORECASE)
_CASTS = {Kind.INTEGER: "DOUBLE", Kind.NUMBER: "DOUBLE", Kind.DATETIME: "TIMESTAMP"}
_NUMBERS = (Kind.INTEGER, Kind.NUMBER)
_TIMES = (Kind.DATE, Kind.DATETIME)


_T = TypeVar("_T")


class MissingError(Exception):
    """A table or field that a rule needs besides its own is not in the source."""


def kind_of(type_: str) -> Kind | None:
    """Return what an engine's type amounts to; None for one that is none of the kinds."""
    if _NESTED.search(type_):
        return None
    return next((kind for part, kind in _FAMILIES if part in type_.lower()), None)


@dataclass(frozen=True)
class Source:
    """The engine's tables seen through a model, on a given day."""

    engine: Engine
    model: Model
    today: date
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], _T]) -> _T:
        """Return what `make` makes for this source; hundreds of checks ask for the same."""
        if name not in self._made:
            self._made[name] = make()
        made: _T = self._made[name]
        return made

    def has_table(self, table: str) -> bool:
        """Tell whether the source has the table."""
        return table in self.engine.schema

    def has(self, table: str, field: str) -> bool:
        """Tell whether the source has the field."""
        return any(c.name == field for c in self.engine.schema.get(table, ()))

    def need(self, table: str, *fields: str) -> None:
        """Raise MissingError unless the table and all fields are there."""
        missing = [f for f in fields if not self.has(table, f)]
        if not self.has_table(table) or missing:
            raise MissingError(".".join([table, *missing[:1]]))

    def is_concept(self, table: str, field: str) -> bool:
        """Tell whether the model has the field point at a concept."""
        return field.endswith("_concept_id") and self.declared(table, field) is Kind.INTEGER

    def actual(self, table: str, field: str) -> Kind | None:
        """Return what the engine's type of a column amounts to; None for any other type."""
        types = (c.type.lower() for c in self.engine.schema.get(table, ()) if c.name == field)
        return kind_of(next(types, ""))

    def declared(self, table: str, field: str) -> Kind:
        """Return the kind that the model declares."""
        return self.model[table][field].kind

    def value(self, table: str, field: str, alias: str = ROW) -> exp.Expr:
        """Return a field as its declared kind (text that cannot be read so is NULL)."""
        column = exp.column(field, table=alias)
        kind, actual = self.declared(table, field), self.actual(table, field)
        if actual is Kind.TEXT and kind in _NUMBERS:
            return exp.TryCast(this=column, to=exp.DataType.build("DOUBLE"))
        if actual is Kind.TEXT and kind in _TIMES:
            return exp.TryCast(this=column, to=exp.DataType.build("TIMESTAMP"))
        return column

    def day(self, table: str, field: str, alias: str = ROW) -> exp.Expr:
        """Return a date or time field as a date."""
        return exp.cast(self.value(table, field, alias), "DATE")

    def text(self, table: str, field: str, alias: str = ROW) -> exp.Expr:
        """Return a field as text; dates are written year-month-day."""
        column = exp.column(field, table=alias)
        kind = self.actual(table, field)
        return column if kind is Kind.TEXT else exp.cast(column, "TEXT")

    def present(self, table: str, field: str, alias: str = ROW) -> exp.Expr:
        """Return the condition that a field holds something."""
        return exp.not_(exp.paren(self.absent(table, field, alias)))

    def absent(self, table: str, field: str, alias: str = ROW) -> exp.Expr:
        """Return the condition that a field holds nothing; in CDISC blank text is nothing."""
        column = exp.column(field, table=alias)
        nothing = is_null(column)
        if self.model.standard != "cdisc" or self.actual(table, field) is not Kind.TEXT:
            return nothing
        return exp.or_(nothing, exp.Trim(this=column.copy()).eq(exp.Literal.string("")))
