"""Reads clean delimited text many records at a time: what arrow's parser and the careful reader
of `delimited_records` are sure to read alike.

Sure means: every quotation mark opens a field, closes one, or is doubled within one; all records
have the same fields; there is no NUL and no broken character. Anything else is left to care.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pcsv

from qundao.intake.readers.delimited_records import MANY_LINES, Grammar

_LF, _CR = 10, 13
_UNIT_SEPARATOR = b"\x1f"
_Offsets = npt.NDArray[np.intp]
_Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records: a column of text per field, the first line of each, bytes and lines used."""

    columns: list[pa.Array]
    places: npt.NDArray[np.int64]
    used: int
    lines: int


@dataclass(frozen=True, slots=True)
class _Records:
    """Where records stand in a piece: the line (from 0) each begins on; what they use of it."""

    lines: _Offsets
    used: int
    lines_used: int


def read_block(data: bytes, grammar: Grammar, *, final: bool, line: int = 1) -> Block | None:
    """Read the records that are whole in `data`, or return None where care is needed.

    Without `final`, the last record that might go on is left for later.
    """
    if len(data) > grammar.field_bytes or b"\0" in data or data.startswith(codecs.BOM_UTF8):
        return None
    return _by_line(data, grammar, line, final=final) or _with_quotes(
        data, grammar, line, final=final
    )


def _by_line(data: bytes, grammar: Grammar, line: int, *, final: bool) -> Block | None:
    """Read text in which each line is a record, or return None where one might not be.

    Empty lines are none, which shows by their number.
    """
    used = data.rfind(b"\n") + 1
    if not used or (final and used < len(data)) or (grammar.quote and grammar.quote in data):
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    lines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == _LF))  # faster than bytes.count
    columns = _columns(data, used, grammar, lines)
    return Block(columns, np.arange(line, line + lines), used, lines) if columns else None


def _with_quotes(data: bytes, grammar: Grammar, line: int, *, final: bool) -> Block | None:
    records = _records(data, grammar, final=final)
    if records is None:
        return None
    columns = _columns(data, records.used, grammar, len(records.lines))
    if columns is None:
        return None
    return Block(columns, records.lines + line, records.used, records.lines_used)


def _records(data: bytes, grammar: Grammar, *, final: bool) -> _Records | None:
    signs = np.frombuffer(data, np.uint8)
    ends = _line_ends(data, signs, final=final)
    quotes = _quotes(signs, grammar.quote)
    closed = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0) if len(quotes) else None
    last = ends if closed is None else ends[closed]
    used = int(last[-1]) if len(last) else 0
    if not used or not _strict(signs[:used], quotes[quotes < used], grammar):
        return None
    begins = np.concatenate(([0], last[:-1]))
    lines = np.arange(len(ends) + 1) if closed is None else np.concatenate(([0], closed + 1))
    if closed is not None and grammar.width > 1 and np.diff(lines).max() > MANY_LINES:
        return None
    first = signs[begins]
    filled = (first != _LF) & (first != _CR)
    return _Records(lines[:-1][filled], used, int(lines[-1]))


def _line_ends(data: bytes, signs: _Bytes, *, final: bool) -> _Offsets:
    """Return where each line's successor begins, the last one included."""
    fed = signs == _LF
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        alone = signs == _CR
        alone[:-1] &= ~fed[1:]
        alone[-1] &= final  # perhaps the first half of a line end
        fed |= alone
    ends = np.flatnonzero(fed) + 1
    if final and data and (not len(ends) or ends[-1] < len(data)):
        ends = np.append(ends, len(data))
    return ends


def _quotes(signs: _Bytes, quote: bytes) -> _Offsets:
    return np.flatnonzero(signs == ord(quote)) if quote else np.empty(0, np.intp)


def _strict(signs: _Bytes, quotes: _Offsets, grammar: Grammar) -> bool:
    """Tell whether each quotation mark stands where one must.

    Marks open and close in turn. One that opens follows a delimiter, a line's end or nothing; one
    that closes goes before the like; or the two are side by side, a doubled mark within a value.
    """
    if not len(quotes):
        return True
    if len(quotes) % 2 or len(grammar.delimiter) > 1:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    bounds = np.zeros(256, bool)
    bounds[[_LF, _CR, ord(grammar.delimiter)]] = True
    side_by_side = opening[1:] == closing[:-1] + 1
    opens = bounds[signs[opening - 1]]  # the first looks at the last sign: mended below
    opens[0] |= opening[0] == 0
    opens[1:] |= side_by_side
    closes = bounds[signs[np.minimum(closing + 1, len(signs) - 1)]]
    closes[:-1] |= side_by_side
    closes[-1] |= closing[-1] == len(signs) - 1
    return bool(opens.all() and closes.all())


def _columns(data: bytes, used: int, grammar: Grammar, rows: int) -> list[pa.Array] | None:
    """Parse the whole records that text begins with, in so many of its bytes, which stay in place.

    None where arrow finds fault or counts otherwise.
    """
    if not rows:
        return [pa.array([], pa.string())] * len(grammar.asked)
    text, delimiter = pa.py_buffer(memoryview(data)[:used]), grammar.delimiter
    if len(delimiter) > 1:
        if _UNIT_SEPARATOR in data:
            return None
        text = pa.py_buffer(data[:used].replace(delimiter, _UNIT_SEPARATOR))
        delimiter = _UNIT_SEPARATOR
    try:
        if not data.isascii():
            _check_characters(text)
        quoted = bool(grammar.quote) and grammar.quote in data
        table = _parsed(text, delimiter.decode(), grammar, quoted=quoted)
    except pa.ArrowInvalid:
        return None
    return [_whole(c) for c in table.columns] if len(table) == rows else None


def _check_characters(text: pa.Buffer) -> None:
    """Raise ArrowInvalid where a character is broken, be it in a field that nobody asks for."""
    ends = pa.py_buffer(np.array([0, text.size], np.int32))
    pa.Array.from_buffers(pa.string(), 1, [None, ends, text]).validate(full=True)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _parsed(text: pa.Buffer, delimiter: str, grammar: Grammar, *, quoted: bool) -> pa.Table:
    names = [str(i) for i in range(grammar.width)]
    return pcsv.read_csv(
        text,
        pcsv.ReadOptions(column_names=names, block_size=text.size + 1),
        pcsv.ParseOptions(
            delimiter=delimiter,
            quote_char=grammar.quote.decode() or False,
            newlines_in_values=quoted,
        ),
        pcsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[],
            strings_can_be_null=False,
            check_utf8=False,  # told of the whole text, which takes half the time
            include_columns=[names[i] for i in grammar.asked],
        ),
    )
