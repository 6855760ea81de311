"""Reads Athena's folder: CONCEPT.csv and, for the release, VOCABULARY.csv; tabs, no quotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.code_tables.layouts import VOCABULARIES
from qundao.intake.code_tables.table import SCHEMA, CodeTable, Progress, silent
from qundao.intake.codes import BAD_COLUMN, CODE_REPEATED
from qundao.intake.readers import open_source
from qundao.intake.source import PLACE, Defect, Reader
from qundao.kernel.errors import fail

COLUMNS = (
    "concept_id",
    "concept_name",
    "domain_id",
    "vocabulary_id",
    "concept_class_id",
    "standard_concept",
    "concept_code",
    "valid_start_date",
    "valid_end_date",
    "invalid_reason",
)
"""The columns of CONCEPT.csv (OMOP CDM 5.4)."""

FILES = ("concept.csv", "vocabulary.csv")
"""The files that are read, in small letters."""

_OPTIONS = {"delimiter": "\t", "quote": "none", "header": "yes"}
_RELEASE_ID, _RELEASE_VERSION = "vocabulary_id", "vocabulary_version"


def is_athena(folder: Path) -> bool:
    """Tell whether a folder holds CONCEPT.csv."""
    return folder.is_dir() and _named(folder, "concept.csv") is not None


def _named(folder: Path, name: str) -> Path | None:
    return next((p for p in folder.iterdir() if p.name.lower() == name), None)


def read_athena(folder: Path, progress: Progress = silent) -> CodeTable:
    """Return all concepts as one table. Raises `intake.*` where a column is missing."""
    path = _named(folder, "concept.csv")
    assert path is not None, folder
    defects: list[Defect] = []
    reader = open_source(path, options=_OPTIONS)
    try:
        held = pa.Table.from_batches(_batches(reader, path, defects, progress), _TEXT)
    finally:
        reader.close()
    rows = _rows(held)
    again = _repeated(held)
    defects += [Defect(path.name, p, CODE_REPEATED, "concept_id", i) for i, p in again]
    return CodeTable(
        VOCABULARIES["Athena"], _version(folder), folder, path.name, rows, tuple(defects), held
    )


_TEXT = pa.schema([*(pa.field(c, pa.string()) for c in COLUMNS), pa.field(PLACE, pa.int64())])


def _batches(
    reader: Reader, path: Path, defects: list[Defect], progress: Progress
) -> Iterator[pa.RecordBatch]:
    (table,) = reader.tables()
    held = {c.name.lower(): c.name for c in table.columns}
    missing = [c for c in COLUMNS if c not in held]
    if missing:
        raise fail(BAD_COLUMN, ", ".join(missing), path.name, known=", ".join(held.values()))
    rows = 0
    for batch in reader.batches(table.name, defects.append):
        rows += batch.num_rows
        progress(path.name, rows, table.rows)
        columns = [batch.column(held[c]) for c in COLUMNS]
        yield pa.RecordBatch.from_arrays([*columns, batch.column(PLACE)], schema=_TEXT)


def _rows(held: pa.Table) -> pa.Table:
    """Return Athena's concepts in the shape of every table."""
    n = held.num_rows
    nothing = pa.nulls(n, SCHEMA.field("extra").type)
    columns = {
        "code": held["concept_code"],
        "name": held["concept_name"],
        "vocabulary_id": held["vocabulary_id"],
        "parent": pa.nulls(n, pa.string()),
        "valid_from": _day(held["valid_start_date"]),
        "valid_to": _day(held["valid_end_date"]),
        "extra": nothing,
        "class_id": held["concept_class_id"],
        "invalid_reason": _or_null(held["invalid_reason"]),
        "place": held[PLACE],
    }
    return pa.table(columns).cast(SCHEMA)


def _day(text: pa.ChunkedArray) -> pa.ChunkedArray:
    plain = pc.replace_substring(text, "-", "")
    return pc.strptime(plain, "%Y%m%d", "s", error_is_null=True).cast(pa.date32())


def _or_null(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(text, ""), None, text)


def _repeated(held: pa.Table) -> list[tuple[str, int]]:
    """Return the concept ids that are there twice, and the place of each first one."""
    counted = held.group_by("concept_id").aggregate([("concept_id", "count"), (PLACE, "min")])
    again = counted.filter(pc.greater(counted["concept_id_count"], 1))
    places = again[f"{PLACE}_min"].to_pylist()
    return list(zip(again["concept_id"].to_pylist(), places, strict=True))


def _version(folder: Path) -> str:
    """Return the release, which VOCABULARY.csv tells in the row of the vocabulary `None`."""
    path = _named(folder, "vocabulary.csv")
    if path is None:
        return ""
    reader = open_source(path, options=_OPTIONS)
    try:
        (table,) = reader.tables()
        if {_RELEASE_ID, _RELEASE_VERSION} - {c.name for c in table.columns}:
            return ""
        for batch in reader.batches(table.name, lambda _: None):
            for row in batch.to_pylist():
                if row[_RELEASE_ID] == "None":
                    return str(row[_RELEASE_VERSION] or "")
    finally:
        reader.close()
    return ""
