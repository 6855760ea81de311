"""Data for benchmarks: GiBleed (synthetic), any number of times, with ids moved apart."""

from __future__ import annotations

from pathlib import Path

import duckdb

from qundao.intake import clean_eunomia, eunomia_file
from qundao.models import Table, omop

CACHE = Path("build/bench")
PERSONS = 2_694
_APART = 100_000_000
_MOVED = {"person_id", "visit_occurrence_id", "preceding_visit_occurrence_id"}


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
        for table in omop("5.3").tables:
            if table.name in held:
                target = folder / f"{table.name}.parquet"
                query = _copies(table, copies)
                connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")


def _copies(table: Table, copies: int) -> str:
    """Return the rows of a clinical table once per copy; a vocabulary stays as it is."""
    if table.part != "cdm" or "person_id" not in table:
        return f'SELECT * FROM "{table.name}"'
    moved = (_MOVED & set(table.names)) | set(table.keys)
    replaced = ", ".join(f'"{m}" + {_APART} * copy AS "{m}"' for m in sorted(moved))
    return (
        f'SELECT * EXCLUDE (copy) REPLACE ({replaced}) FROM "{table.name}", '
        f"(SELECT unnest(range({copies})) AS copy)"
    )
