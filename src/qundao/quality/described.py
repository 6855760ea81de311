"""A model widened by what a source has besides: a site's own tables and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from qundao.models.model import Field, Kind, Model, Table
from qundao.quality.source import kind_of
from qundao.query.engine import Column

_PART = "site"


def widened(model: Model, schema: Mapping[str, Sequence[Column]]) -> Model:
    """Return the model with every table and column of the source, as what they are stored as."""
    known = tuple(_with_columns(t, schema.get(t.name, ())) for t in model.tables)
    other = tuple(
        Table(name, _PART, tuple(_fields(columns)))
        for name, columns in schema.items()
        if name not in model
    )
    return Model(model.standard, model.version, (*known, *other))


def _with_columns(table: Table, columns: Sequence[Column]) -> Table:
    more = tuple(_fields(c for c in columns if c.name not in table))
    return replace(table, fields=(*table.fields, *more)) if more else table


def _fields(columns: Iterable[Column]) -> Iterable[Field]:
    """Yield the columns as fields; what is none of the kinds is read as text."""
    for column in columns:
        yield Field(column.name, kind_of(column.type) or Kind.TEXT)
