"""Hands rows over in batches of about the same size, however they were read."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

_LARGEST = 64 * 2**20


def gathered(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in the same order, `rows` to a batch, fewer where they are large.

    Small batches are joined until they are enough; one of half as many rows is, and the last may be
    smaller. An empty one ends what
    is held and is passed on: much may have been reported meanwhile that is to be let go of.
    """
    held: list[pa.RecordBatch] = []
    count = size = 0
    for batch in batches:
        if not len(batch):
            yield from _split(held, rows) if held else ()
            yield batch
            held, count, size = [], 0, 0
            continue
        if not held and rows <= 2 * len(batch) <= 2 * rows:
            yield batch
            continue
        held.append(batch)
        count, size = count + len(batch), size + batch.nbytes
        if count >= rows or size >= _LARGEST:
            yield from _split(held, rows)
            held, count, size = [], 0, 0
    if held:
        yield from _split(held, rows)


def _split(held: list[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    joined = held[0] if len(held) == 1 else pa.concat_batches(held)
    for start in range(0, len(joined), rows):
        yield joined.slice(start, rows)
