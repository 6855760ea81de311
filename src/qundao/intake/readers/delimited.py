"""Reads delimited text as hospitals export it: any usual encoding, delimiter, line end, or dirt.

Every column is text, exactly as written. Clean stretches are read many records at a time
(`delimited_blocks`), the others record by record (`delimited_records`); both read alike. Options:
`delimiter` and `encoding` (found out unless told), `header` (yes, no; judged unless told), `quote`
(double, single, none; double unless told). Files packed with gzip are unpacked as they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from qundao.intake.codes import BEYOND_LIMITS, SOURCE_MISSING, UNREADABLE
from qundao.intake.limits import Limits
from qundao.intake.readers.delimited_dialect import Dialect, dialect, told
from qundao.intake.readers.delimited_reading import Reading
from qundao.intake.readers.gathering import gathered
from qundao.intake.readers.text_stream import BLOCK, detected, utf8_blocks
from qundao.intake.source import Report, SourceColumn, SourceTable, table_named
from qundao.kernel.errors import fail

_WHAT = "delimited text"


def open_file(path: Path, options: dict[str, str], limits: Limits) -> DelimitedReader:
    """Open a delimited text. Raises `intake.*`; see the module for the options."""
    said = told(options)
    try:
        found, marked = detected(path, limits)
        encoding = found if marked or not said.encoding else said.encoding
        head, final = _head(path, encoding, limits)
    except OSError as error:
        raise fail(SOURCE_MISSING, f"{path}: {error.strerror}", "source") from error
    judged = dialect(head, said, limits, final=final)
    if judged is None:
        raise fail(UNREADABLE, path.name, "source", what=_WHAT)
    if len(judged.names) > limits.columns:
        raise fail(BEYOND_LIMITS, len(judged.names), "source", what="columns", most=limits.columns)
    facts = {
        "encoding": encoding or "ascii",
        "bom": marked,
        "delimiter": judged.grammar.delimiter.decode(),
        "header": judged.header,
    }
    columns = tuple(SourceColumn(name, pa.string()) for name in judged.names)
    table = SourceTable(_table_name(path), columns, facts=facts)
    return DelimitedReader(path, table, judged, encoding, limits)


def _head(path: Path, encoding: str, limits: Limits) -> tuple[bytes, bool]:
    """Return the beginning of the file as UTF-8, and whether that is all of it."""
    head = b""
    for block in utf8_blocks(path, encoding, limits):
        head += block
        if len(head) >= BLOCK:
            return head, False
    return head, True


def _table_name(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return name.rsplit(".", 1)[0] or name


class DelimitedReader:
    """A delimited text, which is one table named as the file."""

    def __init__(
        self, path: Path, table: SourceTable, dialect: Dialect, encoding: str, limits: Limits
    ) -> None:
        self._path = path
        self._table = table
        self._dialect = dialect
        self._encoding = encoding
        self._limits = limits
        self._reading: Reading | None = None

    def tables(self) -> Sequence[SourceTable]:
        """Return the one table."""
        return (self._table,)

    def pick(self, columns: Collection[str]) -> None:
        """Hand over these columns alone from now on."""
        asked = tuple(i for i, c in enumerate(self._table.columns) if c.name in columns)
        if asked:
            grammar = replace(self._dialect.grammar, picked=asked)
            self._dialect = replace(self._dialect, grammar=grammar)

    @property
    def bytes_read(self) -> int:
        """Return how many bytes of the text, as UTF-8, have been read so far."""
        return self._reading.bytes_read if self._reading else 0

    def batches(
        self, table: str, report: Report, rows: int = 65_536, *, careful: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows. `careful` reads all of them record by record, which is slower."""
        table_named(self.tables(), table)
        reading = self._reading = Reading(self._table, self._dialect, report, fast=not careful)
        blocks = utf8_blocks(self._path, self._encoding, self._limits)
        yield from gathered(reading.batches(blocks), rows)

    def again(self) -> DelimitedReader:
        """Return a reader that takes the file as written in the same way, all columns picked."""
        whole = replace(self._dialect, grammar=replace(self._dialect.grammar, picked=None))
        return DelimitedReader(self._path, self._table, whole, self._encoding, self._limits)

    def close(self) -> None:
        """Do nothing: the file is open only while rows are read."""
