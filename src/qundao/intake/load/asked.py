"""What a load asks of its sources: of all their columns, those that anything is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.load.feeding import Wanted, common_schema
from qundao.intake.load.layout import is_own
from qundao.intake.load.same import with_same_fields
from qundao.intake.load.sources import SourceFile
from qundao.intake.load.taken import Taken
from qundao.intake.mapping.columns import columns_named, columns_needed
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.sections import fold
from qundao.kernel.errors import problem, raise_if


@dataclass(frozen=True, slots=True)
class Asked:
    """A mapping whose fields are all told, and by source the columns that chunks are to have."""

    mapping: Document
    schemas: Mapping[str, pa.Schema]

    def wanted(self, files: Sequence[SourceFile], taken: Taken) -> Sequence[Wanted]:
        """Return what of files, in their order, was not taken in before."""
        each = dict[str, int]()
        for rule in self.mapping.tables:
            each[rule.source] = max(len(rule.each), each.get(rule.source, 1))
        return [
            Wanted(
                f,
                self.schemas[f.rule.name],
                *taken.rows.get(f.number, (0, 0)),
                each.get(f.rule.name, 1),
            )
            for f in files
            if f.number not in taken.files
        ]


def asked(mapping: Document, files: Sequence[SourceFile]) -> Asked:
    """Return what a mapping asks of its files. Raises `intake.column_missing` and its like."""
    held = {name: _columns(mapping, name, files) for name in mapping.sources}
    complete = with_same_fields(mapping, {name: schema.names for name, schema in held.items()})
    named = {source: columns_named(complete, source) for source in held}
    _check_columns(named, held)
    return Asked(
        complete,
        {s: pa.schema([f for f in schema if f.name in named[s]]) for s, schema in held.items()},
    )


def _columns(mapping: Document, source: str, files: Sequence[SourceFile]) -> pa.Schema:
    """Return the columns of a source; of an optional one without files, those it would have."""
    own = [f for f in files if f.rule.name == source]
    if own:
        return common_schema(own)
    return pa.schema([(c, pa.string()) for c in columns_needed(mapping, source)])


def _check_columns(named: Mapping[str, Sequence[str]], held: Mapping[str, pa.Schema]) -> None:
    """Raise `intake.column_missing` for every column that is named and not in its source."""
    raise_if(
        problem(codes.BAD_COLUMN, name, f"sources.{source}", known=", ".join(schema.names))
        for source, schema in held.items()
        for name in named[source]
        if name not in schema.names
    )
    raise_if(
        problem(codes.COLUMN_TAKEN, name, f"sources.{source}")
        for source, names in named.items()
        for name in names
        if is_own(name) or sum(fold(name) == fold(other) for other in names) > 1
    )
