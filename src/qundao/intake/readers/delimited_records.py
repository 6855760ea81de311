"""Reads delimited text record by record, with care: the meaning that the fast way must keep to.

The grammar is RFC 4180's, with any line end, any delimiter and any quotation mark. A field that
begins with the mark ends with the next one that is not doubled; elsewhere the mark is a character
like others. A line without anything is no record.

A record at fault is rejected with its first line alone, and reading goes on at the next line, so
that a mark that was opened and never closed costs one line. It shows itself by text after the mark
that closes, too many fields on later lines, no end, or whole records found inside one value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

_LINE_END = re.compile(rb"\r\n?|\n")
MANY_LINES = 8
"""A record of more lines than this is looked at for records that it has swallowed."""
_SHOWN = 800
RECORD_TO_FIELD = 4
"""A line may hold so many times the bytes of the longest value."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How records are written. `width`: fields of each, 0 where not known. No `quote`: b"".

    `picked` are the fields that somebody asks for, by number; all of them where not told.
    """

    delimiter: bytes
    quote: bytes = b'"'
    width: int = 0
    field_bytes: int = 16 * 2**20
    picked: tuple[int, ...] | None = None

    @property
    def asked(self) -> Sequence[int]:
        """Return the fields that are handed over."""
        return range(self.width) if self.picked is None else self.picked

    @property
    def line_bytes(self) -> int:
        """Return the most bytes that a line may have."""
        return RECORD_TO_FIELD * self.field_bytes


@dataclass(slots=True)
class Records:
    """Records of a piece of text: fields and first line of each, and the same of the faulty.

    `used` are the bytes that are done with, `lines` the lines in them. With `cut`, the last line
    is over-long and goes on beyond the piece.
    """

    rows: list[list[bytes]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    faults: list[tuple[int, bytes]] = field(default_factory=list)
    used: int = 0
    lines: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A physical line: where its text begins and stops, and where the next begins."""

    start: int
    stop: int
    next: int


_Found = tuple[list[bytes], int] | None
_BROKEN: tuple[list[bytes], int] = ([], -1)


def read_records(
    data: bytes, grammar: Grammar, *, final: bool, line: int = 1, most: int = sys.maxsize
) -> Records:
    """Read the records that are whole in `data`, whose first line has the number `line`.

    Without `final`, a record that what follows might still change is left for later. No more than
    `most` are read.
    """
    found = Records()
    while found.used < len(data) and len(found.rows) < most:
        here = _line(data, found.used, final=final)
        if here is None:
            _over_long(data, grammar, found, line)
            return found
        if not _read(data, here, grammar, found, line + found.lines, final=final):
            return found
    return found


def rest_of_line(data: bytes, *, final: bool) -> tuple[int, bool]:
    """Return how many bytes go with the line that `data` begins in, and whether it ends there."""
    here = _line(data, 0, final=final)
    if here is not None:
        return here.next, True
    return len(data) - data.endswith(b"\r"), False


def _line(data: bytes, at: int, *, final: bool) -> _Line | None:
    end = _LINE_END.search(data, at)
    if end is None:
        return _Line(at, len(data), len(data)) if final else None
    if end.end() == len(data) and end.group() == b"\r" and not final:
        return None  # perhaps the first half of a line end
    return _Line(at, end.start(), end.end())


def _over_long(data: bytes, grammar: Grammar, found: Records, line: int) -> None:
    """Give up a line without an end that has grown too long."""
    if len(data) - found.used > grammar.line_bytes + 1:
        found.faults.append((line + found.lines, data[found.used : found.used + _SHOWN]))
        found.used, found.cut = len(data) - data.endswith(b"\r"), True


def _read(
    data: bytes, here: _Line, grammar: Grammar, found: Records, place: int, *, final: bool
) -> bool:
    """Read one record and return True, or return False where the data does not reach."""
    if here.start == here.stop:
        _done(found, here.next, 1)
        return True
    record = _record(data, here, grammar, final=final)
    if record is None:
        return False
    fields, end = record
    lines = (
        1
        if end <= here.next
        else len(_LINE_END.findall(data, here.start, end))
        + (not data.endswith((b"\r", b"\n"), here.start, end))
    )
    if end >= 0 and lines > 1 and _swallowed(data, here, end, lines, grammar, len(fields)):
        end = -1
    if end >= 0 and _sound(data[here.start : end], fields, grammar):
        found.rows.append(fields)
        found.places.append(place)
    else:
        found.faults.append((place, data[here.start : min(here.stop, here.start + _SHOWN)]))
    _done(found, end, lines) if end >= 0 else _done(found, here.next, 1)
    return True


def _lines(data: bytes, start: int, end: int) -> int:
    unended = not data.endswith((b"\r", b"\n"), start, end)
    return len(_LINE_END.findall(data, start, end)) + unended


def _done(found: Records, used: int, lines: int) -> None:
    found.used = used
    found.lines += lines


def _record(data: bytes, here: _Line, grammar: Grammar, *, final: bool) -> _Found:
    """Return the fields and where the next record begins (-1: at fault), None if undecided."""
    if here.stop - here.start > grammar.line_bytes:
        return _BROKEN
    line = data[here.start : here.stop]
    if not grammar.quote or grammar.quote not in line:
        return line.split(grammar.delimiter), here.next
    return _quoted_record(data, here, grammar, final=final)


def _quoted_record(data: bytes, here: _Line, grammar: Grammar, *, final: bool) -> _Found:
    fields: list[bytes] = []
    at, line = here.start, here
    while True:
        if data.startswith(grammar.quote, at):
            closed = _quoted(data, at, grammar, final=final)
            if closed is None or closed[1] < 0:
                return closed and _BROKEN
            value, at = closed
        else:
            stop = data.find(grammar.delimiter, at, line.stop)
            stop = line.stop if stop < 0 else stop
            value, at = data[at:stop], stop
        fields.append(value)
        if at > line.stop:
            later = _line(data, at, final=final)
            if later is None:
                return None
            line = later
        if at == line.stop:
            return fields, line.next
        if not data.startswith(grammar.delimiter, at) or _too_many(fields, line, here, grammar):
            return _BROKEN
        at += len(grammar.delimiter)


def _too_many(fields: list[bytes], line: _Line, first: _Line, grammar: Grammar) -> bool:
    """Tell whether a record that went on to later lines has fields left over."""
    return 0 < grammar.width <= len(fields) and line.start > first.start


def _quoted(data: bytes, at: int, grammar: Grammar, *, final: bool) -> tuple[bytes, int] | None:
    """Return a quoted value and where it ends (-1: at fault), None if undecided."""
    mark = grammar.quote
    start = at + 1
    end = data.find(mark, start)
    while end >= 0 and data.startswith(mark, end + 1):
        end = data.find(mark, end + 2)
    if (end if end >= 0 else len(data)) - start > grammar.field_bytes:
        return b"", -1
    if end < 0 or (end + 1 == len(data) and not final):
        return (b"", -1) if final else None
    return data[start:end].replace(mark * 2, mark), end + 1


def _swallowed(
    data: bytes, first: _Line, end: int, lines: int, grammar: Grammar, width: int
) -> bool:
    """Tell whether a record of many lines, or of a wrong width, holds other records' lines."""
    if grammar.width < 2 or (width == grammar.width and lines <= MANY_LINES):
        return False
    inner = _LINE_END.split(data[first.next : end].rstrip(b"\r\n"))
    alike = sum(line.count(grammar.delimiter) == grammar.width - 1 for line in inner)
    return bool(2 * alike > len(inner))


def _sound(text: bytes, fields: list[bytes], grammar: Grammar) -> bool:
    if (grammar.width and len(fields) != grammar.width) or b"\0" in text:
        return False
    if len(text) > grammar.field_bytes and max(map(len, fields)) > grammar.field_bytes:
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
