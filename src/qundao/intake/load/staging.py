"""Stages sources that are slow to read: their tables, once, as Parquet with each row's place.

A staged file is named by the content it was read from and by how it was read. It is written whole
or not at all; what an earlier or interrupted load staged is not read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from qundao.intake import codes
from qundao.intake.files import readable_name, replacing
from qundao.intake.mapping.document import SourceRule
from qundao.intake.readers import open_source
from qundao.intake.source import (
    PLACE,
    Defect,
    Reader,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail

_CHUNK = 1 << 20
_STAGED_AS = 1
"""Raised when staged files change their form, so that older ones are read anew."""
_DEFECT_SCHEMA = pa.schema(
    [
        ("place", pa.int64()),
        ("reason", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
    ]
)

Progress = Callable[[str, int, int | None], None]
"""Told what is being worked on, how many rows of it are done, and how many it has if known."""


def silent(_: str, __: int, ___: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One table of one file: where its rows and its defects lie, and how many there are.

    `rows` were handed over, `broken` could not be read at all; the source has the sum of both.
    """

    source: str
    file: str
    digest: str
    rows: int
    broken: int
    data: str
    defects: str


def stage(rule: SourceRule, path: Path, folder: Path, progress: Progress) -> Staged:
    """Stage the table that a rule names of one file. Raises `intake.*`."""
    digest = digest_of(path)
    how = json.dumps([_STAGED_AS, digest, rule.table, rule.format, sorted(rule.options.items())])
    stem = folder / hashlib.sha256(how.encode()).hexdigest()[:32]
    told = stem.with_suffix(".json")
    if told.exists():
        held = Staged(**json.loads(told.read_text("utf-8")))
        return Staged(**{**asdict(held), "source": rule.name, "file": readable_name(path)})
    reader = open_source(path, format_=rule.format, options=rule.options)
    try:
        (table,) = (t for t in reader.tables() if t.name == table_of(rule, reader))
        written = write(readable_name(path), table, stem, reader, progress)
        staged = replace(written, source=rule.name, digest=digest)
    finally:
        reader.close()
    with replacing(told) as draft:
        draft.write_text(json.dumps(asdict(staged), ensure_ascii=False), "utf-8")
    return staged


class StagedReader:
    """A staged table: its rows and its defects as the reader of its format told them."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._file = pq.ParquetFile(staged.data)

    def tables(self) -> Sequence[SourceTable]:
        """Return the one table."""
        fields = [f for f in self._file.schema_arrow if f.name != PLACE]
        columns = tuple(SourceColumn(f.name, f.type) for f in fields)
        return (SourceTable(self._staged.file, columns, rows=self._staged.rows),)

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order, their defects first."""
        table_named(self.tables(), table)
        with pq.ParquetFile(self._staged.defects) as defects:
            for batch in defects.iter_batches(rows):
                for told in batch.to_pylist():
                    report(
                        Defect(table, told["place"], told["reason"], told["field"], told["value"])
                    )
        yield from self._file.iter_batches(rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def write(name: str, table: SourceTable, stem: Path, reader: Reader, progress: Progress) -> Staged:
    """Write a table's rows and defects into files called as `stem`; whose they are is not told."""
    data, broken = stem.with_suffix(".parquet"), stem.with_suffix(".defects.parquet")
    defects: list[Defect] = []
    rows = rows_broken = 0
    shown = name if name.startswith(table.name) else f"{name} {table.name}"
    with (
        replacing(data) as draft,
        replacing(broken) as draft_of_defects,
        pq.ParquetWriter(draft_of_defects, _DEFECT_SCHEMA) as noted,
        _Writing(draft, table.schema()) as writing,
    ):
        for batch in reader.batches(table.name, defects.append):
            writing.write(batch)
            rows += batch.num_rows
            rows_broken += _note(defects, noted)
            progress(shown, rows, table.rows)
        rows_broken += _note(defects, noted)
    return Staged("", name, "", rows, rows_broken, str(data), str(broken))


class _Writing:
    """Writes batches in a thread of its own, so that the next is read meanwhile."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = pq.ParquetWriter(path, schema, compression="zstd")
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="staging")
        self._last: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Have a batch written once the last one is. Raises what the last one raised."""
        if self._last is not None:
            self._last.result()
        self._last = self._pool.submit(self._file.write_batch, batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown()
        self._file.close()
        if self._last is not None and failed is None:
            self._last.result()


def _note(defects: list[Defect], noted: pq.ParquetWriter) -> int:
    """Write defects and forget them; return how many whole rows are among them."""
    if not defects:
        return 0
    rows = [
        {"place": d.place, "reason": d.reason, "field": d.column, "value": d.value} for d in defects
    ]
    noted.write_table(pa.Table.from_pylist(rows, _DEFECT_SCHEMA))
    whole = sum(not d.column for d in defects)
    defects.clear()
    return whole


def table_of(rule: SourceRule, reader: Reader) -> str:
    """Return the name of the table that a rule means. Raises `intake.no_such_table`."""
    names = [t.name for t in reader.tables()]
    if rule.table in names:
        return rule.table
    if not rule.table and len(names) == 1:
        return names[0]
    raise fail(
        codes.NO_SUCH_TABLE, rule.table or "–", f"sources.{rule.name}", known=", ".join(names)
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in _chunks(file.read):
            digest.update(chunk)
    return digest.hexdigest()


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk
