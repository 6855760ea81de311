"""Feeds a file's rows to a load: many at a time, text made plain, the next ones read ahead.

A load that was interrupted is fed from where it had got to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
import pyarrow as pa

from qundao.intake.load.layout import FILE
from qundao.intake.load.plain import plain
from qundao.intake.load.sources import SourceFile, opened
from qundao.intake.source import PLACE, Defect, Picking, Reader

BATCH, ROWS, BYTES = 65_536, 524_288, 128 * 2**20
"""A chunk has no more rows than this, nor, but for its last batch, more bytes."""

DEFECTS = 65_536
"""As many make a chunk too, its rows few or none: a damaged file may have nothing else."""

_PLACE_BYTES, _OFFSET_BYTES = 8, 4
_AHEAD = 2
_FILE_END = (None,)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file, in its order, and the defects that were found on the way to them.

    `whole_bytes` is about what the rows take in the file, all their columns.
    """

    rows: pa.Table
    defects: tuple[Defect, ...]
    whole_bytes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file whose rows are wanted in a schema, but for what a load has taken in of it already.

    A row becomes `each` at most: the more, the fewer rows a chunk has.
    """

    file: SourceFile
    schema: pa.Schema
    after_rows: int = 0
    after_defects: int = 0
    each: int = 1

    @property
    def most_rows(self) -> int:
        """Return how many rows a chunk may have."""
        return min(ROWS, max(BATCH, ROWS // self.each))


def feed(file: SourceFile, schema: pa.Schema) -> Iterator[Chunk]:
    """Yield a file's rows in `schema` (with file number and place), the next chunk read ahead."""
    with feeds([Wanted(file, schema)]) as coming:
        yield from next(coming)


@contextmanager
def feeds(wanted: Sequence[Wanted]) -> Iterator[Iterator[Iterator[Chunk]]]:
    """Give the chunks of each file, which are to be taken to the end before the next file's.

    Reading begins at once, in a thread of its own, and goes on ahead, be it with the next file.
    """
    chunks = _all_chunks(wanted)

    ahead, in_turn = deque[Future[tuple[Chunk | None] | None]](), Lock()

    with ThreadPoolExecutor(1, thread_name_prefix="feeding") as pool:

        def go_on() -> None:
            with in_turn:
                ahead.append(pool.submit(following))

        def following() -> tuple[Chunk | None] | None:
            one = next(((chunk,) for chunk in chunks), None)
            if one == _FILE_END:
                go_on()  # it takes no place among the chunks that are held
            return one

        def coming() -> Iterator[Chunk | None]:
            while (one := ahead.popleft().result()) is not None:
                if one != _FILE_END:
                    go_on()
                yield one[0]

        for _ in range(_AHEAD):
            go_on()

        every = coming()
        yield (iter(partial(next, every), None) for _ in wanted)


def _all_chunks(wanted: Iterable[Wanted]) -> Iterator[Chunk | None]:
    """Yield the chunks of all files, None behind those of each."""
    for one in wanted:
        yield from _chunks(one)
        yield None


def _chunks(wanted: Wanted) -> Iterator[Chunk]:
    file, schema, after_rows = wanted.file, wanted.schema, wanted.after_rows
    found = _Defects(wanted.after_defects)
    held: list[pa.RecordBatch] = []
    rows = size = whole_bytes = 0
    with opened(file) as reader:
        bytes_of = _bytes_of(reader, schema)
        for batch in reader.batches(file.table, found, min(BATCH, ROWS)):
            skipped, read = min(len(batch), after_rows), bytes_of(batch)
            after_rows -= skipped
            if skipped < len(batch):
                held.append(_fitting(batch.slice(skipped), schema, file.number))
                rows, size = rows + len(held[-1]), size + int(batch.nbytes)
                whole_bytes += read
            if rows >= wanted.most_rows or size >= BYTES or len(found.held) >= DEFECTS:
                yield Chunk(pa.Table.from_batches(held, whole(schema)), found.taken(), whole_bytes)
                held, rows, size, whole_bytes = [], 0, 0, 0
    if held or found.held:
        yield Chunk(pa.Table.from_batches(held, whole(schema)), found.taken(), whole_bytes)


def _bytes_of(reader: Reader, schema: pa.Schema) -> Callable[[pa.RecordBatch], int]:
    """Return what tells, batch by batch, how much of the file was read for it.

    A reader that can is asked for the columns of the schema alone.
    """
    if not isinstance(reader, Picking):
        return _written_bytes
    reader.pick(schema.names)
    before = 0

    def since(_: pa.RecordBatch) -> int:
        nonlocal before
        more, before = reader.bytes_read - before, reader.bytes_read
        return more

    return since


def _written_bytes(batch: pa.RecordBatch) -> int:
    """Return about what rows take as text: their values, and a sign after each."""
    held, rows, texts = int(batch.nbytes), int(batch.num_rows), int(batch.num_columns) - 1
    return held - rows * (_PLACE_BYTES + (_OFFSET_BYTES - 1) * texts)


class _Defects:
    """Gathers defects until a chunk takes them; the first ones were taken in earlier."""

    def __init__(self, after: int) -> None:
        self._after, self.held = after, list[Defect]()

    def __call__(self, defect: Defect) -> None:
        """Note a defect that a reader reports."""
        if self._after:
            self._after -= 1
        else:
            self.held.append(defect)

    def taken(self) -> tuple[Defect, ...]:
        """Return the defects that are held, and hold them no longer."""
        taken, self.held = tuple(self.held), []
        return taken


def whole(schema: pa.Schema) -> pa.Schema:
    """Return the schema of a chunk: the columns, the number of the file, the place in it."""
    return pa.schema([*schema, pa.field(FILE, pa.int32()), pa.field(PLACE, pa.int64())])


def _fitting(batch: pa.RecordBatch, schema: pa.Schema, number: int) -> pa.RecordBatch:
    """Return the columns that are asked for: text plain, those that this file has not as null."""
    columns: list[pa.Array] = [_column(batch, field) for field in schema]
    columns.append(pa.array(np.full(len(batch), number, np.int32)))
    columns.append(batch.column(PLACE))
    return pa.record_batch(columns, whole(schema))


def _column(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name not in batch.schema.names:
        return pa.nulls(len(batch), field.type)
    values = batch.column(field.name)
    return plain(values if values.type == field.type else values.cast(field.type))


def common_schema(files: Sequence[SourceFile]) -> pa.Schema:
    """Return the columns of all files of a source; those whose types differ are text."""
    fields: dict[str, pa.DataType] = {}
    for file in files:
        for field in file.schema:
            type_ = _held_as(field.type)
            known = fields.setdefault(field.name, type_)
            fields[field.name] = known if known == type_ else _wider(known, type_)
    return pa.schema(list(fields.items()))


def _held_as(type_: pa.DataType) -> pa.DataType:
    """Return numbers, days and moments as they are; anything else is text to a mapping."""
    is_number = pa.types.is_integer(type_) or pa.types.is_floating(type_)
    is_time = pa.types.is_date(type_) or pa.types.is_timestamp(type_)
    if is_number or is_time or pa.types.is_decimal(type_):
        return type_
    return pa.string()


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    numbers = [pa.types.is_integer(t) or pa.types.is_floating(t) for t in (one, other)]
    return pa.float64() if all(numbers) else pa.string()
