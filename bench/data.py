"""Data for benchmarks: GiBleed (synthetic), any number of times, with ids moved apart."""

from __future__ import annotations

from pathlib import Path

import duckdb

from qundao.intake import clean_eunomia, eunomia_file
from qundao.models import Table, omop

CACHE = Path("build/bench")
PERSONS = 2_694
_MOVED = {"person_id", "visit_occurrence_id", "preceding_visit_occurrence_id"}
_KEYS_OF = {"preceding_visit_occurrence_id": "visit_occurrence_id"}


def gibleed(copies: int) -> Path:
    """Return a folder of Parquet files with GiBleed `copies` times (made once, then kept)."""
    folder = CACHE / f"gibleed-{copies}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, copies)
        (folder / "done").touch()
    return folder


def _write(folder: Path, copies: int) -> None:
    clean = CACHE / "gibleed.duckdb"
    if not clean.exists():
        clean_eunomia(eunomia_file(), clean)
    with duckdb.connect(str(clean), read_only=True) as connection:
        held = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        apart = _apart(connection)
        for table in omop("5.3").tables:
            if table.name in held:
                target = folder / f"{table.name}.parquet"
                query = _copies(table, copies, apart)
                connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")


def _apart(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return by how much each kind of id is moved from copy to copy: no more than needed.

    Databases number their rows one after the other, without gaps to speak of.
    """
    highest: dict[str, int] = {}
    for table in (t for t in omop("5.3").tables if _is_clinical(t)):
        for column in _ids(table):
            query = f'SELECT coalesce(max("{column}"), 0) FROM "{table.name}"'
            found = connection.execute(query).fetchall()[0][0]
            name = _KEYS_OF.get(column, column)
            highest[name] = max(found, highest.get(name, 0))
    return {name: top + 1 for name, top in highest.items()}


def _is_clinical(table: Table) -> bool:
    return table.part == "cdm" and "person_id" in table


def _ids(table: Table) -> set[str]:
    return (_MOVED & set(table.names)) | set(table.keys)


def _copies(table: Table, copies: int, apart: dict[str, int]) -> str:
    """Return the rows of a clinical table copy after copy; a vocabulary stays as it is."""
    if not _is_clinical(table):
        return f'SELECT * FROM "{table.name}"'
    replaced = ", ".join(
        f'"{m}" + {apart[_KEYS_OF.get(m, m)]} * copy AS "{m}"' for m in sorted(_ids(table))
    )
    return (
        f"SELECT * EXCLUDE (copy) REPLACE ({replaced}) FROM "
        f'(SELECT unnest(range({copies})) AS copy), "{table.name}" ORDER BY copy'
    )
