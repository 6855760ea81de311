"""Fields taken from columns of the same name: a source that has the model's form already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from qundao.intake import codes
from qundao.intake.mapping.document import FieldRule, TableRule
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.expression import Name
from qundao.kernel.errors import problem, raise_if
from qundao.models import Model, Table


def with_same_fields(mapping: Document, columns: Mapping[str, Sequence[str]]) -> Document:
    """Return the mapping with the fields that its `same` rules mean, as the sources have them.

    `columns` are those of each source.

    Raises `intake.column_missing` for required fields that neither the rule nor the source has.
    """
    model = mapping.model
    tables = tuple(
        _filled(rule, model, columns[rule.source]) if rule.same else rule for rule in mapping.tables
    )
    raise_if(
        problem(codes.BAD_COLUMN, name, f"tables.{rule.target} ({rule.line})", known=known)
        for rule in tables
        if rule.same
        for known in [", ".join(columns[rule.source])]
        for name in _missing(rule, model[rule.target])
    )
    return replace(mapping, tables=tables)


def _filled(rule: TableRule, model: Model, columns: Sequence[str]) -> TableRule:
    given = {f.name for f in rule.fields}
    held = {name.lower(): name for name in columns}
    same = (
        FieldRule(f.name, Name(held[f.name]), held[f.name], rule.line, f.required)
        for f in model[rule.target].fields
        if f.name in held and f.name not in given
    )
    return replace(rule, fields=(*rule.fields, *same))


def _missing(rule: TableRule, table: Table) -> Iterator[str]:
    given = {f.name for f in rule.fields}
    return (f.name for f in table.fields if f.required and f.name not in given)
