"""Which rows a changed mapping would make differently, before it is released.

Both mappings are loaded into passing folders over the same staged files, pseudonyms and vault, and
their tables are held side by side in DuckDB, which spills to disk. Nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from qundao.intake import codes
from qundao.intake.load import Account, load, versions
from qundao.intake.load.staging import Progress, silent
from qundao.intake.load.versions import passing_folder
from qundao.intake.mapping.document import Mapping
from qundao.intake.suggest.compare_result import Comparison, TableComparison
from qundao.intake.suggest.compare_tables import Sides, compare_tables
from qundao.kernel.errors import fail

_STAGE, _IDENTITY = "stage", "identity"

_PATHS = ("data", "defects")
"""What tells of a staged table names its files by these."""


def compare(
    old: Mapping,
    new: Mapping,
    sources: Path,
    folder: Path,
    rows: int = 5,
    *,
    memory_mb: int = 4_096,
    threads: int = 2,
    progress: Progress = silent,
) -> Comparison:
    """Return what `new` makes differently from `old` of the files below `sources`.

    folder: the intake folder, whose staged files and pseudonyms both use; no version is written.
    rows: the most examples of each kind (added, removed, changed) per table. Vocabulary tables are
    not compared. Raises `intake.not_comparable` for different standards, and `intake.*` as `load`.
    """
    if old.standard != new.standard:
        raise fail(codes.NOT_COMPARABLE, f"{old.standard} | {new.standard}", known=old.standard)
    (folder / _IDENTITY).mkdir(parents=True, exist_ok=True, mode=0o700)
    with passing_folder(folder) as place:
        _share_stage(folder / _STAGE, place / _STAGE)
        loaded: list[tuple[Account, Path]] = []
        for mapping, side in ((old, "old"), (new, "new")):
            own = _beside(folder, place / side)
            account = load(
                mapping, sources, own, memory_mb=memory_mb, threads=threads, progress=progress
            )
            loaded.append((account, versions(own / "loaded")[-1].folder))
        (account_before, before), (account_after, after) = loaded
        with _database(place, memory_mb, threads) as database:
            sides = Sides(database, before, after)
            tables = tuple(_tables(old, new, sides, rows, progress))
    return Comparison(tables, account_before, account_after)


def _beside(folder: Path, own: Path) -> Path:
    """Return a folder to load into that shares what is staged, the key and the vault."""
    own.mkdir(mode=0o700)
    for shared in (own.parent / _STAGE, folder / _IDENTITY):
        (own / shared.name).symlink_to(shared.resolve(), target_is_directory=True)
    return own


def _share_stage(staged: Path, own: Path) -> None:
    """Make a stage of links to what is staged already, each told of by its whole path.

    What is staged besides stays in it and goes with it: the shared stage is only read.
    """
    own.mkdir(mode=0o700)
    for path in staged.resolve().glob("*") if staged.is_dir() else ():
        if path.suffix == ".json":
            told = json.loads(path.read_text("utf-8"))
            told |= {k: str(path.parent / Path(told[k]).name) for k in _PATHS if k in told}
            (own / path.name).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        else:
            (own / path.name).symlink_to(path)


def _tables(
    old: Mapping, new: Mapping, sides: Sides, rows: int, progress: Progress
) -> Iterator[TableComparison]:
    models = [old.model, new.model]
    declared = [{t.name: t for t in model.tables} for model in models]
    names = dict.fromkeys(t.name for model in models for t in model.tables if t.part != "vocab")
    for name in names:
        progress(name, 0, None)
        before, after = (tables.get(name) for tables in declared)
        found = compare_tables(sides, before, after, (*old.tables, *new.tables), rows)
        if found is not None:
            yield found


@contextmanager
def _database(place: Path, memory_mb: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "temp_directory": str(place / "spill"),
        "preserve_insertion_order": False,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(str(place / "compare.duckdb"), config=config)
    try:
        yield connection
    finally:
        connection.close()
