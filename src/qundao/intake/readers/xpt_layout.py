"""The records of a SAS transport file: where its members, their variables and rows lie.

Versions 5 and 6 after SAS Technical Support TS-140; version 8 after "Record layout of a SAS
version 8 or 9 data set in SAS transport format", with the count of rows that SAS writes into the
OBSV8 header. All records are 80 bytes long; integers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import numpy as np

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.kernel.errors import QundaoError, fail

RECORD = 80
_BLOCK = RECORD * 100_000
_PREFIX = b"HEADER RECORD*******"
_WORD = 8
_BEGIN = np.frombuffer(_PREFIX[:_WORD], np.uint64)[0]
_MIDDLE = b" HEADER RECORD!!!!!!!"
_NAMESTR = struct.Struct(">hhhh8s40s8shhh2x8shhl")
_LONG_NAME = struct.Struct(">32sh")
_LABEL_PARTS = {b"LABELV8": 2, b"LABELV9": 4}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its place in the row (bytes), and what the NAMESTR record says of it.

    Texts are in the file's encoding, which is not known before its rows are seen.
    """

    name: bytes
    label: bytes
    is_text: bool
    start: int
    length: int
    format: str
    informat: str

    @property
    def stop(self) -> int:
        """Return where the next variable begins."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Member:
    """A data set of the file: rows of `width` bytes from `start` on, `rows` of them whole.

    `truncated`: the file ends within the row after the last whole one.
    """

    name: bytes
    label: bytes
    kind: str
    version: int
    created: str
    modified: str
    variables: tuple[Variable, ...]
    start: int
    width: int
    rows: int = 0
    truncated: bool = False


def read_members(path: Path, limits: Limits) -> tuple[Member, ...]:
    """Return the members of a file. Raises `intake.unreadable`, `intake.beyond_limits`."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if _kind(file.read(RECORD)) not in (b"LIBRARY", b"LIBV8"):
            raise broken("LIBRARY HEADER RECORD", 0)
        file.seek(3 * RECORD)
        if size <= 3 * RECORD:
            raise broken("a file that ends before its first member", size)
        found: list[Member] = []
        for member in _members(file, size, limits):
            found.append(member)
            if len(found) > limits.tables:
                raise fail(
                    codes.BEYOND_LIMITS, len(found), str(path), what="tables", most=limits.tables
                )
        return tuple(found)


def broken(received: str, offset: int) -> QundaoError:
    """Return the error of a file whose records are not as they must be."""
    return fail(codes.UNREADABLE, received, f"byte {offset}", what="SAS transport file (XPT)")


def _members(file: BinaryIO, size: int, limits: Limits) -> Iterator[Member]:
    position = file.tell()
    while position < size:
        file.seek(position)
        member, declared = _headers(file, limits)
        position = _end(file, member, declared, size)
        yield _with_rows(file, member, declared, position)


def _kind(record: bytes) -> bytes:
    """Return the name in a header record (`LIBRARY`, `OBS`, …), empty for anything else."""
    if not record.startswith(_PREFIX) or record[27:48] != _MIDDLE:
        return b""
    return record[20:27].rstrip()


def _header(file: BinaryIO, *kinds: bytes) -> bytes:
    offset = file.tell()
    record = file.read(RECORD)
    if len(record) < RECORD or _kind(record) not in kinds:
        raise broken(f"{record[:48]!r}, not {' / '.join(k.decode() for k in kinds)}", offset)
    return record


def _number(record: bytes, start: int, stop: int) -> int:
    digits = record[start:stop].strip()
    if not digits.isdigit():
        raise broken(f"{record[start:stop]!r} for a number", 0)
    return int(digits)


def _headers(file: BinaryIO, limits: Limits) -> tuple[Member, int | None]:
    """Return a member without its rows, and how many rows its header declares, if it does."""
    header = _header(file, b"MEMBER", b"MEMBV8")
    version = 8 if _kind(header) == b"MEMBV8" else 5
    namestr_size = _number(header, 74, 78)
    _header(file, b"DSCRPTR", b"DSCPTV8")
    about = file.read(2 * RECORD)
    count = _number(_header(file, b"NAMESTR", b"NAMSTV8"), 53, 58)
    if count > limits.columns:
        raise fail(codes.BEYOND_LIMITS, count, "XPT", what="columns", most=limits.columns)
    variables = _variables(file, count, namestr_size, version)
    closing, variables = _labelled(file, variables)
    declared = closing[48:63].strip() if version == 8 else b""
    width = sum(v.length for v in variables)
    member = _described(about, version, variables, file.tell(), width)
    # Zeros stand where a writer did not count.
    return member, int(declared) if declared.isdigit() and len(declared) < 15 else None


def _described(
    about: bytes, version: int, variables: tuple[Variable, ...], start: int, width: int
) -> Member:
    name = about[8:40] if version == 8 else about[8:16]
    return Member(
        name=name.rstrip(b" \0"),
        label=about[112:152].rstrip(b" \0"),
        kind=_ascii(about[152:160]),
        version=version,
        created=_ascii(about[64:80]),
        modified=_ascii(about[80:96]),
        variables=variables,
        start=start,
        width=width,
    )


def _ascii(text: bytes) -> str:
    return text.decode("ascii", "replace").strip(" \0")


def _variables(file: BinaryIO, count: int, size: int, version: int) -> tuple[Variable, ...]:
    offset = file.tell()
    whole = -(-count * size // RECORD) * RECORD
    raw = file.read(whole)
    if size not in (136, 140) or len(raw) < count * size:
        raise broken(f"{count} NAMESTR records of {size} bytes, {len(raw)} bytes there", offset)
    records = [_variable(raw[i * size : (i + 1) * size], version, offset) for i in range(count)]
    starts = [0, *accumulate(v.length for v in records)][:-1]
    if version == 8:
        # SAS tells where its own data set has them (numbers first); the file has them in order.
        return tuple(replace(v, start=start) for v, start in zip(records, starts, strict=True))
    if [v.start for v in records] != starts:
        raise broken("positions of variables that do not follow from their lengths", offset)
    return tuple(records)


def _variable(raw: bytes, version: int, offset: int) -> Variable:
    kind, _, length, _, name, label, form, width, digits, _, inform, in_width, in_digits, start = (
        _NAMESTR.unpack_from(raw)
    )
    if version == 8:
        name = _LONG_NAME.unpack_from(raw, _NAMESTR.size)[0].rstrip(b" \0") or name
    if kind not in (1, 2) or not _possible(kind, length):
        raise broken(f"type {kind} and length {length} of {name!r}", offset)
    return Variable(
        name=name.rstrip(b" \0"),
        label=label.rstrip(b" \0"),
        is_text=kind == 2,
        start=start,
        length=length,
        format=_format(form, width, digits),
        informat=_format(inform, in_width, in_digits),
    )


def _possible(kind: int, length: int) -> bool:
    return 2 <= length <= 8 if kind == 1 else length >= 1


def _format(name: bytes, width: int, digits: int) -> str:
    """Return a format as SAS writes it: DATE9., 8.2, $20. Empty where there is none."""
    text = _ascii(name)
    return f"{text}{width or ''}.{digits or ''}" if text or width else ""


def _labelled(
    file: BinaryIO, variables: tuple[Variable, ...]
) -> tuple[bytes, tuple[Variable, ...]]:
    """Return the header of the rows, and the variables with labels and formats of any length."""
    record = _header(file, b"OBS", b"OBSV8", *_LABEL_PARTS)
    parts = _LABEL_PARTS.get(_kind(record))
    if parts is None:
        return record, variables
    offset = file.tell()
    known = list(variables)
    for _ in range(_number(record, 48, 64)):
        number, *texts = _extension(file, parts, offset)
        if not 1 <= number <= len(known):
            raise broken(f"a label for variable {number} of {len(known)}", offset)
        known[number - 1] = _extended(known[number - 1], texts)
    file.seek(offset + -(-(file.tell() - offset) // RECORD) * RECORD)
    return _header(file, b"OBS", b"OBSV8"), tuple(known)


def _extension(file: BinaryIO, parts: int, offset: int) -> tuple[int, *tuple[bytes, ...]]:
    head = struct.Struct(f">{parts + 1}H")
    raw = file.read(head.size)
    if len(raw) < head.size:
        raise broken("label records that end early", offset)
    number, *lengths = head.unpack(raw)
    texts = tuple(file.read(length) for length in lengths)
    if [len(t) for t in texts] != lengths:
        raise broken("label records that end early", offset)
    return (number, *texts)


def _extended(variable: Variable, texts: list[bytes]) -> Variable:
    name, label, *formats = texts
    longer = replace(variable, name=name.rstrip(b" \0") or variable.name, label=label.rstrip(b" "))
    if not formats:
        return longer
    form, inform = (_ascii(f) for f in formats)
    return replace(longer, format=form or variable.format, informat=inform or variable.informat)


def _end(file: BinaryIO, member: Member, declared: int | None, size: int) -> int:
    """Return where the member ends: where its rows do if counted, else at the next member."""
    if declared is not None:
        end = member.start + -(-declared * member.width // RECORD) * RECORD
        return min(end, size)
    file.seek(member.start)
    position = member.start
    while block := file.read(_BLOCK):
        found = _member_in(block)
        if found is not None:
            return position + found
        position += len(block)
    return size


def _member_in(block: bytes) -> int | None:
    """Return where a member's header begins in a block, whose records begin with it."""
    begins = np.frombuffer(block[: len(block) // _WORD * _WORD], np.uint64)[:: RECORD // _WORD]
    for nth in np.flatnonzero(begins == _BEGIN):  # few: the beginning of a header, as one number
        found = int(nth) * RECORD
        if _kind(block[found : found + RECORD]) in (b"MEMBER", b"MEMBV8"):
            return found
    return None


def _with_rows(file: BinaryIO, member: Member, declared: int | None, end: int) -> Member:
    if not member.width:
        return member
    there = (end - member.start) // member.width
    if declared is not None:
        return replace(member, rows=min(declared, there), truncated=declared > there)
    rows = there - _padding_rows(file, member, there, end)
    rest = end - member.start - rows * member.width
    file.seek(end - rest)
    padded = rest < RECORD and not file.read(rest).strip(b" ") and (rest == 0 or end % RECORD == 0)
    return replace(member, rows=rows, truncated=not padded)


def _padding_rows(file: BinaryIO, member: Member, there: int, end: int) -> int:
    """Return how many rows at the end are the last record's padding: blank, within 79 bytes.

    Version 5 does not count its rows, so that a row of blanks alone at the very end of a data
    set narrower than 80 bytes cannot be told from padding (TS-140 warns of it).
    """
    rows = 0
    while rows < there:
        start = member.start + (there - rows - 1) * member.width
        file.seek(start)
        if end - start >= RECORD or file.read(member.width).strip(b" "):
            break
        rows += 1
    return rows
