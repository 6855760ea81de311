"""Data for benchmarks: synthetic databases, any number of times, with ids moved apart.

GiBleed comes with a package; the 10,000 persons of the reference cases are taken from there and
their copies live on other days.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from qundao.intake import clean_eunomia, eunomia_file
from qundao.models import Kind, Model, Table, omop

CACHE = Path("build/bench")
CASES = Path("../shared/cases")
PERSONS = 2_694
MOST_DAYS = 180
"""By so many days a person's copy is moved at most, to either side."""
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


class NotHere(Exception):  # noqa: N818 (it is no error to be without the reference cases)
    """What a benchmark runs on is not on this machine."""


def reference(copies: int) -> Path:
    """Return a folder with the reference cases' `omop-qsyn10k` `copies` times, on other days.

    Made once, then kept; one copy is the database itself. Raises NotHere.
    """
    source = CASES / "omop-qsyn10k"
    if not source.is_dir():
        raise NotHere(f"{source} is required: the reference cases are not here")
    if copies == 1:
        return source
    folder = CACHE / f"qsyn10k-{copies}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            for file in sorted(source.glob("*.parquet")):
                connection.execute(f"CREATE VIEW \"{file.stem}\" AS FROM '{file}'")
            _copy_all(connection, omop("5.4"), copies, folder, moved=True)
        (folder / "done").touch()
    return folder


def _write(folder: Path, copies: int) -> None:
    clean = CACHE / "gibleed.duckdb"
    if not clean.exists():
        clean_eunomia(eunomia_file(), clean)
    with duckdb.connect(str(clean), read_only=True) as connection:
        _copy_all(connection, omop("5.3"), copies, folder, moved=False)


def _copy_all(
    connection: duckdb.DuckDBPyConnection, model: Model, copies: int, folder: Path, *, moved: bool
) -> None:
    held = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    apart = _apart(connection, model, held)
    for table in model.tables:
        if table.name in held:
            target = folder / f"{table.name}.parquet"
            query = _copies(table, copies, apart, moved=moved)
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")


def _apart(connection: duckdb.DuckDBPyConnection, model: Model, held: set[str]) -> dict[str, int]:
    """Return by how much each kind of id is moved from copy to copy: no more than needed.

    Databases number their rows one after the other, without gaps to speak of.
    """
    highest: dict[str, int] = {}
    for table in (t for t in model.tables if _is_clinical(t) and t.name in held):
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


def _copies(table: Table, copies: int, apart: dict[str, int], *, moved: bool) -> str:
    """Return the rows of a clinical table copy after copy; a vocabulary stays as it is."""
    if not _is_clinical(table):
        return f'SELECT * FROM "{table.name}"'
    replaced = [f'"{m}" + {apart[_KEYS_OF.get(m, m)]} * copy AS "{m}"' for m in sorted(_ids(table))]
    if moved:
        replaced += [_on_other_days(f.name, f.kind) for f in table.fields if f.kind in _DATES]
    return (
        f"SELECT * EXCLUDE (copy) REPLACE ({', '.join(replaced)}) FROM "
        f'(SELECT unnest(range({copies})) AS copy), "{table.name}" ORDER BY copy'
    )


_DATES = {Kind.DATE: "DATE", Kind.DATETIME: "TIMESTAMP"}


def _on_other_days(column: str, kind: Kind) -> str:
    """Return a date as moved for one copy of one person: all of a person's by as many days."""
    width = 2 * MOST_DAYS + 1
    days = f"CAST((person_id * 7919 + copy * 104729) % {width} - {MOST_DAYS} AS INTEGER)"
    return f'CAST("{column}" + to_days({days}) AS {_DATES[kind]}) AS "{column}"'
