"""Runs a mapping: read the sources once, load what is sound, account for the rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from qundao.intake.files import replacing
from qundao.intake.load.account import Account
from qundao.intake.load.asked import Asked, asked
from qundao.intake.load.base import Base, base_of, newer_only, target_of, to_add
from qundao.intake.load.codelists import filled
from qundao.intake.load.derived import derive
from qundao.intake.load.desk import Desk
from qundao.intake.load.feeding import Chunk, Wanted, feeds
from qundao.intake.load.identity import Identity
from qundao.intake.load.joining import joined_first
from qundao.intake.load.parents import parents_first
from qundao.intake.load.refusals import as_problems
from qundao.intake.load.sources import SourceFile, digest_of, source_files
from qundao.intake.load.staging import Progress, silent
from qundao.intake.load.straight import writers
from qundao.intake.load.tables import keep_lineage, load_table
from qundao.intake.load.taken import Taken, taken_in
from qundao.intake.load.taking import Taking
from qundao.intake.load.versions import new_version, passing_folder, resumable_folder
from qundao.intake.load.vocabulary import load_vocabulary
from qundao.intake.load.work_database import WorkDatabase, is_worked_in, work_database
from qundao.intake.mapping.document import Mapping as Document
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.kernel.garbage import rarely_collected
from qundao.models import model_to_json

READ = declare_fault_point("intake.load.read")
FILLED = declare_fault_point("intake.load.before_version")

_WORKED_AS = 3
"""Raised when the work database changes its form, so that an older one is not gone on with."""
_SMALL = 2 * 2**30
"""Bytes of sources up to which the work database takes no time to compress what it holds."""


def load(
    mapping: Document,
    sources: Path,
    folder: Path,
    *,
    memory_mb: int = 4_096,
    threads: int = 2,
    progress: Progress = silent,
    into: Path | None = None,
) -> Account:
    """Load the files below `sources` into a new version below `folder`, and return its account.

    The same files under the same mapping give the same rows with the same ids. A killed load
    leaves no version; the next goes on after the last chunk of rows that was taken in. `into` is
    another folder for the version, where the key, the vault and what is staged stay those of
    `folder`. Raises `intake.*`.
    """
    work = _Work(mapping, sources, folder, memory_mb, threads, progress)
    with rarely_collected(), work.sources():
        return _load(work, into or folder)


def add(
    mapping: Document,
    sources: Path,
    folder: Path,
    *,
    memory_mb: int = 4_096,
    threads: int = 2,
    progress: Progress = silent,
) -> Account | None:
    """Add what is new below `sources` to the current version below `folder`, as the next version.

    Files that were delivered before are not read; a row that comes again, by its key, replaces the
    one that is there; all other rows stay. Returns None, and makes no version, where nothing was
    delivered that is new. Where there is no version yet, it is a load. Raises `intake.*`.
    """
    base = base_of(folder, mapping, Identity(folder / "identity"))
    work = _Work(mapping, sources, folder, memory_mb, threads, progress, base)
    with rarely_collected(), work.sources():
        return _load(work, folder) if work.has_files else None


def _load(work: _Work, folder: Path) -> Account:
    with (
        as_problems(folder),
        resumable_folder(folder, work.digest()) as place,
        new_version(folder / "loaded") as draft,
        work.feed(place) as feed,
        work.desk(place, draft, feed) as desk,
    ):
        work.read(desk, feed)
        with desk.passing():
            account = work.fill(desk)
        _write_json(account.to_json(), draft / "account.json")
        if desk.mapping.described is not None:
            _write_json(model_to_json(desk.mapping.described), draft / "model.json")
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
    progress: Progress = silent,
) -> tuple[Account, Mapping[str, list[dict[str, Any]]]]:
    """Return the account that a load would have, and the first rows of each table; keep neither.

    Raises `intake.*`.
    """
    work = _Work(mapping, sources, folder, memory_mb, threads, progress)
    with (
        as_problems(folder),
        rarely_collected(),
        work.sources(),
        passing_folder(folder) as place,
        work.feed(place) as feed,
        work.desk(place, place, feed) as desk,
    ):
        work.read(desk, feed)
        with desk.passing():
            account = work.fill(desk)
            return account, {name: desk.first_rows(name, rows) for name in account.rows}


@dataclass(frozen=True, slots=True)
class _Feed:
    """What is asked of sources, in the order in which they are read, and what comes of each file.

    The chunks of a file are to be taken to their end before those of the next.
    """

    asked: Asked
    order: Sequence[str]
    wanted: Sequence[Wanted]
    coming: Iterator[Iterator[Chunk]]


class _Work:
    """One load, or the rehearsal of one."""

    def __init__(
        self,
        mapping: Document,
        sources: Path,
        folder: Path,
        memory_mb: int,
        threads: int,
        progress: Progress,
        base: Base | None = None,
    ) -> None:
        self._mapping, self._sources, self._folder = mapping, sources, folder
        self._base, self._files = base, list[SourceFile]()
        self._memory_mb, self._threads, self._progress = memory_mb, threads, progress
        self._identity = Identity(folder / "identity")
        self._model = mapping.model

    @contextmanager
    def sources(self) -> Iterator[None]:
        """Have what is to be read, and the lists of codes, at hand. Raises `intake.*`."""
        given, base = self._mapping, self._base
        with source_files(given.sources, self._sources, self._folder, self._progress) as files:
            self._files = list(to_add(files, base, given) if base else files)
            mapping = newer_only(given, base.newest) if base else given
            self._mapping = replace(mapping, codes=filled(given.codes, self._sources))
            yield

    @property
    def has_files(self) -> bool:
        """Tell whether there is anything to read."""
        return not all(f.joined_only for f in self._files)

    def digest(self) -> str:
        """Return what the work is known by: the files, the mapping, all that rows depend on."""
        lists = {n: sorted(c.codes.items()) for n, c in self._mapping.codes.items()}
        told = [f.told for f in self._files]
        base = self._base.version.number if self._base else None
        decided = self._identity.decided()
        facts = [_WORKED_AS, self._mapping.digest, told, lists, decided, base]
        return hashlib.sha256(json.dumps(facts).encode("utf-8")).hexdigest()[:32]

    @contextmanager
    def feed(self, place: Path) -> Iterator[_Feed]:
        """Begin to read what is not taken in yet: before anything is made ready for it.

        Raises `intake.*`.
        """
        with _kept_memory():
            told = asked(self._mapping, self._files)
            order = joined_first(self._mapping.sources, told.mapping)
            files = sorted(self._files, key=lambda file: order.index(file.rule.name))
            wanted = told.wanted(files, self._taken(place))
            with feeds(wanted) as coming:
                yield _Feed(told, order, wanted, coming)

    @contextmanager
    def desk(self, place: Path, draft: Path, feed: _Feed) -> Iterator[Desk]:
        """Yield a desk that knows what is asked of the sources."""
        new, files = not is_worked_in(place), self._files
        with (
            self._connection(place) as database,
            writers(self._threads) as busy,
        ):
            yield Desk(database, feed.asked, place, draft, files, busy, self._base, new=new)

    def read(self, desk: Desk, feed: _Feed) -> None:
        """Take in what comes of every file; the rules are planned meanwhile."""
        taking = Taking(desk, self._identity)
        desk.plan(self._model)
        taking.prepare()
        for source in feed.order:
            taking.put_together(source)
            for one in feed.wanted:
                if one.file.rule.name == source:
                    self._read(taking, one, next(feed.coming))
        taking.settle()
        fault_point(READ)
        taking.fill_vault()

    def fill(self, desk: Desk) -> Account:
        """Load the tables, parents first, and what follows from them; write all of it."""
        told = []
        desk.show_base(self._model)
        desk.begin_tables(self._model)
        for rule in parents_first(desk.mapping.tables, self._model):
            self._progress(rule.target, 0, None)
            (plan,) = (p for p in desk.plans if p.rule is rule)
            told.append(load_table(desk, plan))
        if desk.mapping.vocabulary:
            load_vocabulary(desk, self._model, self._sources / desk.mapping.vocabulary)
        derived = derive(desk, self._model)
        desk.write_rejects()
        rows = desk.write_tables(self._model)
        read = desk.files_read()
        for table in self._model.tables:
            keep_lineage(desk, table)
        before = self._base.delivered if self._base else frozenset()
        return Account(
            desk.mapping.name,
            desk.mapping.version,
            desk.mapping.digest,
            read,
            tuple(told),
            desk.coverage(),
            rows,
            target_of(desk.mapping),
            derived,
            tuple(sorted(before | {(f.source, f.digest) for f in read})),
            desk.newest_read(),
            self._base.version.number if self._base else None,
            {t.name: n for t in self._model.tables if (n := desk.replaced(t))},
            self._identity.decided(),
        )

    def _read(self, taking: Taking, wanted: Wanted, chunks: Iterator[Chunk]) -> None:
        """Take in what is not taken in yet of a file."""
        file, rows = wanted.file, wanted.after_rows
        with ThreadPoolExecutor(1, thread_name_prefix="digest") as pool:
            digest = pool.submit(digest_of, file)
            for chunk in chunks:
                taking.take(file, chunk)
                rows += chunk.rows.num_rows
                self._progress(file.shown, rows, _expected(file, chunk))
            taking.finish(file, digest.result())

    def _taken(self, place: Path) -> Taken:
        """Return what was taken in before, when the work was interrupted."""
        if not is_worked_in(place):
            return Taken()
        with self._connection(place) as database:
            return taken_in(WorkDatabase(database))

    @contextmanager
    def _connection(self, place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the work database, on disk."""
        with work_database(place, self._memory_mb, self._threads) as connection:
            if sum(f.bytes for f in self._files) <= _SMALL:
                connection.execute("SET force_compression = 'uncompressed'")
            yield connection


@contextmanager
def _kept_memory() -> Iterator[None]:
    """Take Arrow's memory from the system's own allocator, which keeps what is to be used again.

    Arrow's default one gives pages back at once, and a tenth of a load goes into fetching them.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _expected(file: SourceFile, chunk: Chunk) -> int | None:
    """Return how many rows a file has: as its format tells, else by the size of its rows."""
    if file.rows is not None or not chunk.rows.num_rows:
        return file.rows
    if file.path.suffix == ".gz" or not chunk.whole_bytes:
        return None
    rows: int = chunk.rows.num_rows
    return round(file.bytes * rows / chunk.whole_bytes)


def _write_json(told: Any, path: Path) -> None:
    with replacing(path) as file:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
