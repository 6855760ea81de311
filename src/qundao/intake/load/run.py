"""Runs a mapping: stage the sources, make candidates, load what is sound, account for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from qundao.intake.files import replacing
from qundao.intake.load.account import Account
from qundao.intake.load.codelists import filled
from qundao.intake.load.compile import missing_columns
from qundao.intake.load.derived import derive
from qundao.intake.load.desk import Desk
from qundao.intake.load.identity import Identity
from qundao.intake.load.parents import parents_first
from qundao.intake.load.same import with_same_fields
from qundao.intake.load.staging import Progress, Staged, find_files, stage
from qundao.intake.load.tables import load_table
from qundao.intake.load.versions import new_version, passing_folder
from qundao.intake.load.vocabulary import load_vocabulary
from qundao.intake.mapping.document import Mapping as Document
from qundao.kernel.errors import raise_if
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.models import ModelVersion, model_of

STAGED = declare_fault_point("intake.load.staged")
FILLED = declare_fault_point("intake.load.before_version")


def _silent(_: str, __: int, ___: int | None) -> None:
    """Tell nobody."""


def load(
    mapping: Document,
    sources: Path,
    folder: Path,
    *,
    memory_mb: int = 4_096,
    threads: int = 2,
    progress: Progress = _silent,
) -> Account:
    """Load the files below `sources` into a new version below `folder`, and return its account.

    The same files under the same mapping give the same rows with the same ids. A killed load
    leaves no version, and what it staged is not read again. Raises `intake.*`.
    """
    staged = _stage(mapping, sources, folder / "stage", progress)
    fault_point(STAGED)
    with (
        new_version(folder / "loaded") as draft,
        _desk(mapping, sources, folder, draft, staged, memory_mb, threads) as desk,
    ):
        account = _fill(desk, sources, progress)
        _write_account(account, draft)
        fault_point(FILLED)
    return account


def rehearse(
    mapping: Document,
    sources: Path,
    folder: Path,
    *,
    rows: int = 5,
    memory_mb: int = 4_096,
    threads: int = 2,
    progress: Progress = _silent,
) -> tuple[Account, Mapping[str, list[dict[str, Any]]]]:
    """Return the account that a load would have, and the first rows of each table; keep neither.

    Raises `intake.*`.
    """
    staged = _stage(mapping, sources, folder / "stage", progress)
    with (
        passing_folder(folder) as draft,
        _desk(mapping, sources, folder, draft, staged, memory_mb, threads) as desk,
    ):
        account = _fill(desk, sources, progress)
        return account, {name: desk.first_rows(name, rows) for name in account.rows}


@contextmanager
def _desk(
    mapping: Document,
    sources: Path,
    folder: Path,
    draft: Path,
    staged: Sequence[Staged],
    memory_mb: int,
    threads: int,
) -> Iterator[Desk]:
    """Yield a desk with everything that candidates are made of. Raises `intake.*`."""
    lists = {n: filled(c, sources) for n, c in mapping.codes.items()}
    complete = replace(mapping, codes=lists)
    with _connection(folder, memory_mb, threads) as database:
        desk = Desk(database, complete, draft, Identity(folder / "identity"), staged)
        desk.mapping = with_same_fields(complete, desk.types)
        _check_columns(desk.mapping, desk)
        desk.prepare()
        yield desk


def _stage(mapping: Document, sources: Path, folder: Path, progress: Progress) -> Sequence[Staged]:
    files = find_files(list(mapping.sources.values()), sources)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        stage(rule, path, folder, progress)
        for rule in mapping.sources.values()
        for path in files[rule.name]
    ]


def _check_columns(mapping: Document, desk: Desk) -> None:
    raise_if(
        problem
        for rule in mapping.tables
        for problem in missing_columns(rule, desk.types[rule.source], mapping.codes)
    )


def _fill(desk: Desk, sources: Path, progress: Progress) -> Account:
    mapping = desk.mapping
    model = model_of(ModelVersion(mapping.standard, mapping.model_version, "told"))
    told = []
    for rule in parents_first(mapping.tables, model):
        progress(rule.target, 0, None)
        told.append(load_table(desk, rule, model[rule.target]))
    if mapping.vocabulary:
        load_vocabulary(desk, model, sources / mapping.vocabulary)
    derive(desk, model)
    desk.write_broken()
    rows = desk.write_tables(model)
    return Account(
        mapping.name,
        mapping.version,
        mapping.digest,
        tuple(desk.staged),
        tuple(told),
        desk.coverage(),
        rows,
    )


def _write_account(account: Account, draft: Path) -> None:
    with replacing(draft / "account.json") as file:
        text = json.dumps(account.to_json(), ensure_ascii=False, indent=1)
        file.write_text(text + "\n", "utf-8")


@contextmanager
def _connection(folder: Path, memory_mb: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database of its own, on disk, which is gone afterwards."""
    with passing_folder(folder) as place:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": str(place / "spill"),
            "preserve_insertion_order": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        }
        connection = duckdb.connect(str(place / "work.duckdb"), config=config)
        try:
            yield connection
        finally:
            connection.close()
