"""A table of codes in the shape that every vocabulary comes out in, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from qundao.intake.code_tables.layouts import VOCABULARIES, Vocabulary
from qundao.intake.codes import BAD_VALUE, CODE_INVALID, CODE_REPEATED
from qundao.intake.source import LONGEST_VALUE, Defect

Progress = Callable[[str, int, int | None], None]
"""Is told the table that is read, its rows so far, and all of them where that is known."""


def silent(_: str, __: int, ___: int | None) -> None:
    """Tell nobody."""


SCHEMA = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("vocabulary_id", pa.string(), nullable=False),
        pa.field("parent", pa.string()),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("extra", pa.map_(pa.string(), pa.string())),
        pa.field("class_id", pa.string()),
        pa.field("invalid_reason", pa.string()),
        pa.field("place", pa.int64(), nullable=False),
    ]
)
"""code, name, vocabulary_id; parent: code of the level above; extra: what else the table tells;
class_id: the level or class, as OMOP's concept_class_id; invalid_reason: D where it is retired;
place: the row in the file, as its reader tells.
"""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A row of a table as it was read."""

    code: str
    name: str
    place: int
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    class_id: str | None = None
    invalid_reason: str | None = None


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table: its vocabulary, version as far as it is told, where it is, rows, defects.

    `rows` (`SCHEMA`) have each code once, the first; `defects` tell of what was left out, and of
    rows that could not be read, with their places. `concepts` are Athena's own rows.
    """

    vocabulary: Vocabulary
    version: str
    source: Path
    part: str
    rows: pa.Table
    defects: tuple[Defect, ...] = ()
    concepts: pa.Table | None = None

    def count(self, reason: str) -> int:
        """Return how many defects there are of one kind."""
        return sum(d.reason == reason for d in self.defects)


def made(
    vocabulary: str,
    rows: Iterable[CodeRow],
    *,
    version: str,
    source: Path,
    part: str,
    defects: Iterable[Defect] = (),
    sound: Callable[[str], bool] = bool,
) -> CodeTable:
    """Return the table of some rows. Left out and told: codes of another form, or that are not
    `sound` (a check digit), codes without a name, and those that are there already.
    """
    known = VOCABULARIES[vocabulary]
    kept: dict[str, CodeRow] = {}
    found = list(defects)
    for row in rows:
        if not known.form.fullmatch(row.code) or not sound(row.code):
            found.append(_defect(part, row, CODE_INVALID, row.code))
        elif not row.name:
            found.append(_defect(part, row, BAD_VALUE, row.code))
        elif row.code in kept:
            found.append(_defect(part, row, CODE_REPEATED, row.code))
        else:
            kept[row.code] = row
    found.sort(key=lambda d: (d.table, d.place))
    return CodeTable(known, version, source, part, _arrow(vocabulary, kept), tuple(found))


def _defect(part: str, row: CodeRow, reason: str, value: str) -> Defect:
    return Defect(part, row.place, reason, "code", value[:LONGEST_VALUE])


def _arrow(vocabulary: str, kept: Mapping[str, CodeRow]) -> pa.Table:
    rows = kept.values()
    columns: dict[str, Any] = {
        f.name: pa.array([_cell(row, f.name) for row in rows], f.type)
        for f in SCHEMA
        if f.name != "vocabulary_id"
    }
    columns["vocabulary_id"] = pa.array([vocabulary] * len(kept), pa.string())
    return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def _cell(row: CodeRow, name: str) -> Any:
    value = getattr(row, name)
    return list(value.items()) if name == "extra" else value
