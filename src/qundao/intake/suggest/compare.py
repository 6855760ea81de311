"""Which rows a changed mapping would make differently, before it is released.

Both mappings are loaded into passing folders over the same staged files, pseudonyms and vault, and
their tables are held side by side in DuckDB, which spills to disk. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qundao.intake import codes
from qundao.intake.load import Account, load, versions
from qundao.intake.load.staging import Progress, silent
from qundao.intake.load.versions import passing_folder
from qundao.intake.load.work_database import work_database
from qundao.intake.mapping.document import Mapping
from qundao.intake.suggest.compare_result import Comparison, TableComparison
from qundao.intake.suggest.compare_tables import Sides, compare_tables
from qundao.kernel.errors import fail


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
    how: dict[str, Any] = {"memory_mb": memory_mb, "threads": threads, "progress": progress}
    with passing_folder(folder) as place:
        loaded: list[tuple[Account, Path]] = []
        for mapping, own in ((old, place / "old"), (new, place / "new")):
            account = load(mapping, sources, folder, into=own, **how)
            loaded.append((account, versions(own / "loaded")[-1].folder))
        (account_before, before), (account_after, after) = loaded
        with work_database(place, memory_mb, threads) as database:
            sides = Sides(database, before, after)
            tables = tuple(_tables(old, new, sides, rows, progress))
    return Comparison(tables, account_before, account_after)


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
