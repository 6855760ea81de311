"""A Parquet file that grows slice by slice, and can be cut back to what is known to be whole.

Each slice is a row group, encoded by itself, so that several are at once. Whoever lets a file grow
keeps what is told of each slice; the file becomes readable when it is finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qundao.intake.load.parquet_footer import MAGIC, Part, joined, part

SLICE = 131_072
"""Rows of a slice, about."""

_SAMPLE, _RARE = 4_096, 4
_CODEC, _DELTAS = "snappy", "DELTA_BINARY_PACKED"


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a slice lies in its file, and the footer that it would have alone."""

    begin: int
    size: int
    footer: bytes


def encoded(
    rows: pa.Table,
    encodings: Mapping[str, str] | None = None,
    few_valued: dict[str, bool] | None = None,
) -> Part:
    """Encode rows as one row group. Columns of few values get a dictionary, unless told how.

    Bounds are told of numbers and times: those of texts are costly, and nobody seeks by them.
    `few_valued` keeps which columns have few values, for the slices that follow.
    """
    told = {**_moments(rows.schema), **(encodings or {})}
    sink = pa.BufferOutputStream()
    few = {} if few_valued is None else few_valued
    listed = [n for n in rows.column_names if n not in told and _is_listed(n, rows[n], few)]
    pq.write_table(
        rows,
        sink,
        row_group_size=max(len(rows), 1),
        compression=_CODEC,
        use_dictionary=listed or False,
        write_statistics=[f.name for f in rows.schema if not _is_text(f.type)],
        column_encoding=dict(told) or None,
        store_schema=False,
    )
    return part(memoryview(sink.getvalue()))


def _moments(schema: pa.Schema) -> dict[str, str]:
    """Return how moments are encoded: most differ from the one before in a few bits."""
    return {f.name: _DELTAS for f in schema if pa.types.is_timestamp(f.type)}


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_dictionary(type_))


def _is_listed(name: str, column: pa.ChunkedArray, few: dict[str, bool]) -> bool:
    if pa.types.is_dictionary(column.type):
        return True
    if column.null_count == len(column):
        return False
    if name not in few:
        sample = column.slice(0, _SAMPLE)
        few[name] = pc.count_distinct(sample).as_py() * _RARE <= len(sample)
    return few[name]


class GrowingFile:
    """A Parquet file on its way: the slices it has, in their order."""

    def __init__(self, path: Path, slices: Sequence[Slice] = ()) -> None:
        self.path, self.slices, self._finished = path, list(slices), 0
        if not slices:
            path.write_bytes(MAGIC)

    def append(self, parts: Iterable[Part]) -> Sequence[Slice]:
        """Append encoded rows as they come; they are on the disk when this returns."""
        new: list[Slice] = []
        self._finished = 0
        with self._at_end() as file:
            for one in parts:
                new.append(Slice(file.tell(), len(one.body), one.footer))
                file.write(one.body)
            file.flush()
            os.fdatasync(file.fileno())
        self.slices += new
        return new

    def bytes_of(self, slice_: Slice) -> Part:
        """Return a slice as it was appended."""
        with self.path.open("rb") as file:
            file.seek(slice_.begin)
            return Part(memoryview(file.read(slice_.size)), slice_.footer)

    def finish(self) -> None:
        """Make the file readable; it can be finished anew after it has grown further.

        It has a slice at least: nothing else tells its columns.
        """
        if self._finished == len(self.slices):
            return
        with self._at_end() as file:
            file.write(joined([(s.footer, s.begin) for s in self.slices]))
        self._finished = len(self.slices)

    def _at_end(self) -> BinaryIO:
        """Open the file behind its last slice: what lies there belongs to no slice."""
        end = self.slices[-1].begin + self.slices[-1].size if self.slices else len(MAGIC)
        file = self.path.open("r+b")
        file.truncate(end)
        file.seek(end)
        return file
