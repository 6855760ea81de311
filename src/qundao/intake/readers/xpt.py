"""Reads SAS transport files (XPT), versions 5 and 8, with NumPy over blocks of their rows.

Rows are read block by block, so that memory grows neither with the file nor with its members;
a first pass over the rows tells their encoding and which columns say why a value is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import RawIOBase
from pathlib import Path

import numpy as np
import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.options import check_options, checked_encoding
from qundao.intake.readers.sas_formats import type_of, typed
from qundao.intake.readers.xpt_layout import Member, Variable, read_members
from qundao.intake.readers.xpt_numbers import MISSING, Bytes, Words64, from_ibm, special_missing
from qundao.intake.readers.xpt_text import ENCODINGS, Block, decoded, still_possible, trimmed
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail

_BLOCK_BYTES = 8 * 2**20
_OPTIONS = {"encoding": "of the texts, such as utf-8, gb18030, latin-1 (else found by the file)"}
_REASONS = pa.array(list(MISSING))
_REASON_OF = np.zeros(256, np.int8)
_REASON_OF[list(MISSING.values())] = np.arange(len(MISSING))


def open_file(path: Path, options: dict[str, str], limits: Limits) -> XptReader:
    """Open a transport file. Option `encoding`. Raises `intake.*`."""
    check_options(options, _OPTIONS)
    encoding = options.get("encoding", "")
    return XptReader(path, checked_encoding(encoding) if encoding else "", limits)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What only the rows tell: the encodings that fit, and columns with reasons by member."""

    encoding: str
    reasons: tuple[frozenset[int], ...]


class XptReader:
    """An open transport file: a table per member. See `qundao.intake.source.Reader`."""

    def __init__(self, path: Path, encoding: str, limits: Limits) -> None:
        self._path = path
        self._encoding = encoding
        self._members = read_members(path, limits)

    def tables(self) -> Sequence[SourceTable]:
        """Return a table per member, in the file's order."""
        return self._tables

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield a member's rows. A record cut off at the file's end is reported."""
        number = self._number(table)
        shown, member = self._tables[number], self._members[number]
        schema = shown.schema()
        for first, block in _blocks(self._path, member, rows):
            arrays = self._arrays(shown, member, block, first, report)
            place = pa.array(np.arange(first, first + len(block), dtype=np.int64))
            yield pa.RecordBatch.from_arrays([*arrays, place], schema=schema)
        if member.truncated:
            report(Defect(table, member.rows + 1, codes.BAD_ROW))

    def close(self) -> None:
        """Do nothing: the file is open only while rows are read."""

    def _number(self, table: str) -> int:
        return list(self._tables).index(table_named(self._tables, table))

    @cached_property
    def _tables(self) -> tuple[SourceTable, ...]:
        taken: dict[str, int] = {}
        found = []
        for member, reasons in zip(self._members, self._survey.reasons, strict=True):
            name = self._text(member.name)
            taken[name] = taken.get(name, 0) + 1
            unique = name if taken[name] == 1 else f"{name}#{taken[name]}"
            found.append(self._table(unique, member, reasons))
        return tuple(found)

    def _table(self, name: str, member: Member, reasons: frozenset[int]) -> SourceTable:
        columns = tuple(
            SourceColumn(
                name=self._text(v.name),
                type=pa.string() if v.is_text else type_of(v.format),
                label=self._text(v.label),
                reasons=i in reasons,
                facts={"length": v.length, "format": v.format, "informat": v.informat},
            )
            for i, v in enumerate(member.variables)
        )
        facts = {
            "version": member.version,
            "type": member.kind,
            "created": member.created,
            "modified": member.modified,
            "encoding": self._survey.encoding,
        }
        rows = member.rows + member.truncated
        return SourceTable(name, columns, self._text(member.label), rows, facts)

    def _text(self, value: bytes) -> str:
        return value.decode(self._survey.encoding, "replace")

    @cached_property
    def _survey(self) -> _Survey:
        possible: tuple[str, ...] = (self._encoding,) if self._encoding else ENCODINGS
        reasons = []
        for member in self._members:
            labels = [v.label for v in member.variables]
            possible = still_possible(possible, [member.label, *labels]) or possible[-1:]
            found: set[int] = set()
            for _, block in _blocks(self._path, member, 65_536):
                possible = _possible(possible, member, block)
                found |= _with_reasons(member, block, found)
            reasons.append(frozenset(found))
        return _Survey(possible[0], tuple(reasons))

    def _arrays(
        self, table: SourceTable, member: Member, block: Block, first: int, report: Report
    ) -> Iterator[pa.Array]:
        high = _high(block)
        for column, variable in zip(table.columns, member.variables, strict=True):
            missing = None
            if variable.is_text:
                ascii_ = not high[variable.start : variable.stop].any()
                encoding = "" if ascii_ else self._survey.encoding
                array, bad = decoded(_field(block, variable), encoding)
                yield array
            else:
                values, missing = from_ibm(_words(block, variable))
                array, bad = typed(values, missing == 0, column.type)
                yield array
            if column.reasons and missing is not None:
                yield _reasons(missing)
            for row in np.flatnonzero(bad):
                value = _shown(block[row], variable, self._survey.encoding)
                report(Defect(table.name, first + int(row), codes.BAD_VALUE, column.name, value))


def _blocks(path: Path, member: Member, rows: int) -> Iterator[tuple[int, Block]]:
    """Yield a member's rows as (number of the first, from 1; bytes of shape (rows, width))."""
    if not member.width:
        return
    step = max(1, min(rows, _BLOCK_BYTES // member.width))
    with path.open("rb", buffering=0) as file:
        file.seek(member.start)
        for done in range(0, member.rows, step):
            block = np.empty((min(step, member.rows - done), member.width), np.uint8)
            _fill(file, block)
            yield done + 1, block


def _fill(file: RawIOBase, block: Block) -> None:
    view = block.data.cast("B")
    while len(view):
        got = file.readinto(view)
        if not got:
            raise fail(codes.UNREADABLE, "end of file", "", what="SAS transport file (XPT)")
        view = view[got:]


def _high(block: Block) -> Bytes:
    """Say of each byte of the row whether it is outside ASCII in any row (not zero)."""
    found: Bytes = np.bitwise_or.reduce(block, axis=0) & np.uint8(0x80)
    return found


def _field(block: Block, variable: Variable) -> Block:
    return block[:, variable.start : variable.stop]


def _words(block: Block, variable: Variable) -> Words64:
    """Return a numeric field as IBM doubles; one stored shorter than 8 bytes ends in zeros."""
    if variable.length == 8:
        return _field(block, variable).view(">u8")[:, 0].astype(np.uint64)
    padded: Bytes = np.zeros((len(block), 8), np.uint8)
    padded[:, : variable.length] = _field(block, variable)
    return padded.view(">u8").ravel().astype(np.uint64)


def _raw_words(block: Block, variable: Variable) -> Words64:
    """Return the eight bytes of each number as they lie, the first one lowest."""
    if variable.length == 8:
        return _field(block, variable).view("<u8")[:, 0]
    return _words(block, variable).byteswap()


def _possible(encodings: tuple[str, ...], member: Member, block: Block) -> tuple[str, ...]:
    """Return the encodings that still fit after a block; the last one alone where none does."""
    if len(encodings) == 1:
        return encodings
    high = _high(block)
    for v in member.variables:
        if v.is_text and high[v.start : v.stop].any():
            values = trimmed(_field(block, v)).cast(pa.binary()).unique().drop_null()
            encodings = still_possible(encodings, values.to_pylist())
    return encodings


def _with_reasons(member: Member, block: Block, known: set[int]) -> set[int]:
    return {
        i
        for i, v in enumerate(member.variables)
        if not v.is_text and i not in known and special_missing(_raw_words(block, v))
    }


def _reasons(missing: Bytes) -> pa.Array:
    return _REASONS.take(pa.array(_REASON_OF[missing], mask=missing == 0))


def _shown(row: Bytes, variable: Variable, encoding: str) -> str:
    raw = row[variable.start : variable.stop]
    if variable.is_text:
        return raw.tobytes().rstrip(b" ").decode(encoding, "backslashreplace")[:LONGEST_VALUE]
    values, _ = from_ibm(_words(row[None, :], variable))
    return repr(float(values[0]))
