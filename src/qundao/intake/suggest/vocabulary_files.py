"""Opens a site's vocabulary: files as Athena gives them out, or the tables of a loaded version.

Of each file only the columns that suggestions need are read. The product ships no vocabulary.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from qundao.intake import codes
from qundao.kernel.errors import fail

_COLUMNS = {
    "concept": (
        "concept_id",
        "concept_name",
        "domain_id",
        "vocabulary_id",
        "standard_concept",
        "concept_code",
        "invalid_reason",
    ),
    "concept_relationship": (
        "concept_id_1",
        "concept_id_2",
        "relationship_id",
        "invalid_reason",
    ),
    "concept_synonym": ("concept_id", "concept_synonym_name"),
}
_READERS = {
    ".parquet": "read_parquet($file)",
    ".csv": "read_csv($file, delim='\t', quote='', escape='', header=true, all_varchar=true)",
}
_NUMBERS = ("concept_id", "concept_id_1", "concept_id_2")


def open_vocabulary(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the tables concept, concept_relationship and concept_synonym of a folder's files.

    A relationship or synonym table that is not there is empty. Raises `intake.source_missing`
    without concepts, `intake.column_missing` where a file lacks a column.
    """
    there = {p.name.lower(): p for p in folder.glob("*")} if folder.is_dir() else {}
    for table, columns in _COLUMNS.items():
        names = (f"{table}{ending}" for ending in (".parquet", ".csv", ".tsv"))
        path = next((there[n] for n in names if n in there), None)
        if path is not None:
            _read(database, table, columns, path)
        elif table == "concept":
            raise fail(codes.SOURCE_MISSING, str(folder / "CONCEPT.csv"), "vocabulary")
        else:
            kinds = ", ".join(f"{c} {_type(c)}" for c in columns)
            database.execute(f"CREATE TABLE {table} ({kinds})")


def _read(
    database: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], path: Path
) -> None:
    reader = _READERS[".parquet" if path.suffix.lower() == ".parquet" else ".csv"]
    told = {"file": str(path)}
    found = database.execute(f"SELECT * FROM {reader} LIMIT 0", told).description  # noqa: S608
    held = {d[0].lower(): d[0] for d in found or ()}
    missing = [c for c in columns if c not in held]
    if missing:
        raise fail(codes.BAD_COLUMN, ", ".join(missing), path.name, known=", ".join(held))
    taken = ", ".join(f'CAST("{held[c]}" AS {_type(c)}) AS {c}' for c in columns)
    where = "WHERE relationship_id = 'Maps to'" if "relationship_id" in columns else ""
    database.execute(f"CREATE TABLE {table} AS SELECT {taken} FROM {reader} {where}", told)  # noqa: S608


def _type(column: str) -> str:
    return "BIGINT" if column in _NUMBERS else "TEXT"
