"""One pass over delimited text: fast where it is clean, with care where it is not."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import pyarrow as pa

from qundao.intake.codes import BAD_ROW
from qundao.intake.readers.delimited_blocks import read_block
from qundao.intake.readers.delimited_dialect import Dialect
from qundao.intake.readers.delimited_records import (
    Grammar,
    Records,
    read_records,
    rest_of_line,
)
from qundao.intake.readers.text_stream import BLOCK
from qundao.intake.source import LONGEST_VALUE, PLACE, Defect, Report, SourceTable

_LEAST = 64 * 2**10
_MANY = 1_000
"""Defects of a block that are worth ending a batch for."""
_Step = tuple[int, pa.RecordBatch | None]
"""Bytes that are done with, and their rows, if any."""


class Reading:
    """One pass over the text: the line it is at, and how much is tried at once.

    After a stretch that needs care the next ones are short, so that dirt slows down little.
    `bytes_read` tells how much of the text, as UTF-8, is done with.
    """

    def __init__(self, table: SourceTable, dialect: Dialect, report: Report, *, fast: bool) -> None:
        self._table, self._grammar = table.name, dialect.grammar
        self._schema = _asked(table.schema(), self._grammar)
        self.bytes_read = 0
        self._header = dialect.skipped_bytes
        self._line = dialect.skipped_lines + 1
        self._report = report
        self._fast = fast
        # All that is at hand, mostly: then it is not copied.
        self._most = self._size = min(2 * BLOCK, self._grammar.field_bytes)
        self._least = min(_LEAST, self._most)
        self._within_cut = False
        self._reported = 0
        self._nothing = pa.RecordBatch.from_pylist([], schema=self._schema)

    def batches(self, blocks: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
        """Yield the records of the blocks; what a block leaves is read with the next.

        An empty batch after one with defects lets go of what was reported of it.
        """
        text = b""
        for block in blocks:
            skipped = min(self._header, len(block))
            self._header -= skipped
            self._reported = 0
            text = yield from self._read(text + block[skipped:], final=False)
            if self._reported >= _MANY:
                yield self._nothing
        yield from self._read(text, final=True)

    def _read(self, text: bytes, *, final: bool) -> Generator[pa.RecordBatch, None, bytes]:
        """Read what is whole in the text and return the rest."""
        at = 0
        while at < len(text):
            used, batch = self._next(text, at, final=final)
            if batch is not None:
                yield batch
            if not used:
                break
            at += used
            self.bytes_read += used
        return text[at:]

    def _next(self, text: bytes, at: int, *, final: bool) -> _Step:
        if self._within_cut:
            return self._past_cut(text[at:], final=final)
        if not final and self._wait_for_more(text, at):
            return 0, None
        while self._fast:
            piece = text[at : at + self._size]
            last = final and at + len(piece) == len(text)
            clean = read_block(piece, self._grammar, final=last, line=self._line)
            if clean is not None:
                self._size = min(2 * self._size, self._most)
                self._line += clean.lines
                return clean.used, self._batch(clean.columns, clean.places)
            if self._size <= self._least:
                break
            self._size = max(self._least, min(self._size, len(piece)) // 16)
        return self._with_care(text, at, final=final)

    def _wait_for_more(self, text: bytes, at: int) -> bool:
        """Tell whether there is too little to be worth a try, or not even one line's end."""
        if len(text) - at < self._least:
            return True
        endless = text.find(b"\n", at) < 0 and text.find(b"\r", at) < 0
        return endless and len(text) - at <= self._grammar.line_bytes

    def _with_care(self, text: bytes, at: int, *, final: bool) -> _Step:
        size = self._size
        while True:
            piece = text[at : at + size]
            reaches = at + len(piece) == len(text)
            records = read_records(piece, self._grammar, final=final and reaches, line=self._line)
            if records.used or reaches:
                break
            size *= 2
        self._line += records.lines
        self._within_cut = records.cut
        self._reported += len(records.faults)
        for place, start in records.faults:
            value = start.decode("utf-8", "replace")[:LONGEST_VALUE]
            self._report(Defect(self._table, place, BAD_ROW, value=value))
        return records.used, self._batch(_columns(records, self._grammar), records.places)

    def _past_cut(self, text: bytes, *, final: bool) -> _Step:
        """Drop the rest of a line that was given up as over-long."""
        used, ended = rest_of_line(text, final=final)
        self._line += ended
        self._within_cut = not ended
        return used, None

    def _batch(self, columns: Sequence[pa.Array], places: object) -> pa.RecordBatch | None:
        if not columns:
            return None
        return pa.record_batch([*columns, pa.array(places, pa.int64())], schema=self._schema)


def _columns(records: Records, grammar: Grammar) -> list[pa.Array]:
    columns = list(zip(*records.rows, strict=True))
    asked = [columns[i] for i in grammar.asked] if columns else []
    return [pa.array(c, pa.binary()).cast(pa.string()) for c in asked]


def _asked(schema: pa.Schema, grammar: Grammar) -> pa.Schema:
    """Return the columns that are handed over, with the place behind them."""
    return pa.schema([*(schema.field(i) for i in grammar.asked), schema.field(PLACE)])
