"""Writes tables as a SAS transport file (XPT), version 5 (what regulators take) or 8.

Layout as in `qundao.intake.readers.xpt_layout`. Column labels are the Arrow fields' metadata
`label`, the table's label the schema's. A column `x__reason` beside a number `x` is written as
its special missing values (`.A` to `.Z`, `._`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake import codes
from qundao.intake.files import replacing
from qundao.intake.readers.xpt_layout import RECORD
from qundao.intake.readers.xpt_numbers import MISSING, Bytes, Floats, Words64, representable, to_ibm
from qundao.intake.source import PLACE, REASON_SUFFIX
from qundao.kernel.errors import Problem, fail, problem, raise_if

_EPOCH_DAYS = 3_653  # from 1960-01-01 to 1970-01-01
_STEP = 65_536
_NAMESTR = struct.Struct(">hhhh8s40s8shhh2x8shhl52s")
_PLAIN = np.uint64(MISSING["."] << 56)


@dataclass(frozen=True, slots=True)
class _Version:
    """How long names, labels and texts may be (bytes), and the words of the headers."""

    name: int
    label: int
    text: int
    headers: tuple[bytes, ...]


_VERSIONS = {
    5: _Version(8, 40, 200, (b"LIBRARY", b"MEMBER", b"DSCRPTR", b"NAMESTR", b"OBS")),
    8: _Version(32, 256, 32_767, (b"LIBV8", b"MEMBV8", b"DSCPTV8", b"NAMSTV8", b"OBSV8")),
}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    label: bytes
    is_text: bool
    length: int
    format: tuple[bytes, int, int] = (b"", 0, 0)


def write_xpt(
    target: Path,
    tables: Mapping[str, pa.Table],
    *,
    version: int = 5,
    encoding: str = "utf-8",
    created: datetime | None = None,
) -> Mapping[str, int]:
    """Write tables as members of one file, whole or not at all; return rows per table.

    Texts, numbers, booleans (1 and 0), dates, timestamps and times of day can be written; a null
    is SAS's missing value. Raises `intake.bad_value` with every name, label, text and number that
    the version cannot hold (numbers: the law of `xpt_numbers`), `intake.disk_full`.
    """
    layout = _VERSIONS[version]
    raise_if(p for name, t in tables.items() for p in _misfits(name, t, layout, encoding))
    stamp = (created or datetime(1960, 1, 1)).strftime("%d%b%y:%H:%M:%S").upper().encode()  # noqa: DTZ001
    with replacing(target) as draft, draft.open("wb") as file:
        file.write(_header(layout.headers[0]))
        file.write(b"SAS     SAS     SASLIB  9.4     QUNDAO  " + b" " * 24 + stamp)
        file.write(stamp.ljust(RECORD))
        for name, table in tables.items():
            _write_member(file, name, table, layout, encoding, stamp)
    return {name: len(t) for name, t in tables.items()}


def _misfits(name: str, table: pa.Table, layout: _Version, encoding: str) -> Iterator[Problem]:
    """Yield everything of a table that the version cannot hold."""
    yield from _too_long(name, name, layout.name, "name", encoding)
    if layout.name == 8:
        yield from _too_long(name, _label(table.schema.metadata), 40, "label", encoding)
    for field in _data_fields(table):
        where = f"{name}.{field.name}"
        yield from _too_long(where, field.name, layout.name, "name", encoding)
        yield from _too_long(where, _label(field.metadata), layout.label, "label", encoding)
        yield from _misfit_values(where, table[field.name], layout, encoding)


def _too_long(where: str, text: str, most: int, what: str, encoding: str) -> Iterator[Problem]:
    if (not text and what == "name") or len(text.encode(encoding, "replace")) > most:
        yield problem(codes.BAD_VALUE, text, where, required=f"{what}: 1–{most} bytes")


def _misfit_values(
    where: str, values: pa.ChunkedArray, layout: _Version, encoding: str
) -> Iterator[Problem]:
    if not _is_text(values.type):
        for chunk in values.chunks:
            numbers = _numbers(chunk)
            wrong = ~np.isnan(numbers) & ~representable(numbers)
            if wrong.any() or _has_nan(chunk):
                shown = numbers[wrong][0] if wrong.any() else "NaN"
                yield problem(codes.BAD_VALUE, shown, where, required="|x| = 0, 16^-65 … 16^63")
                return
    elif _longest(values, encoding) > layout.text:
        yield problem(codes.BAD_VALUE, "", where, required=f"≤ {layout.text} bytes")


def _has_nan(chunk: pa.Array) -> bool:
    return pa.types.is_floating(chunk.type) and bool(pc.any(pc.is_nan(chunk)).as_py())


def _data_fields(table: pa.Table) -> list[pa.Field]:
    names = set(table.column_names)

    def is_reason(name: str) -> bool:
        return name.endswith(REASON_SUFFIX) and name.removesuffix(REASON_SUFFIX) in names

    return [f for f in table.schema if f.name != PLACE and not is_reason(f.name)]


def _label(metadata: Mapping[bytes, bytes] | None) -> str:
    return (metadata or {}).get(b"label", b"").decode()


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _longest(values: pa.ChunkedArray, encoding: str) -> int:
    """Return the bytes of the longest text, at least 1."""
    if encoding != "utf-8":
        texts = pc.unique(values.drop_null()).to_pylist()
        return max([1, *(len(t.encode(encoding)) for t in texts)])
    return max(1, pc.max(pc.binary_length(values)).as_py() or 0)


def _column(field: pa.Field, values: pa.ChunkedArray, encoding: str) -> _Column:
    label = _label(field.metadata).encode(encoding)
    if _is_text(field.type):
        return _Column(field.name, label, is_text=True, length=_longest(values, encoding))
    return _Column(field.name, label, is_text=False, length=8, format=_format(field.type))


def _format(type_: pa.DataType) -> tuple[bytes, int, int]:
    if pa.types.is_date(type_):
        return b"DATE", 9, 0
    if pa.types.is_timestamp(type_):
        return (b"DATETIME", 20, 0) if type_.unit == "s" else (b"DATETIME", 26, 6)
    if pa.types.is_time(type_):
        return (b"TIME", 8, 0) if type_.unit == "s" else (b"TIME", 15, 6)
    return b"", 0, 0


def _header(kind: bytes, rest: bytes = b"0" * 30) -> bytes:
    return b"HEADER RECORD*******" + kind.ljust(8) + b"HEADER RECORD!!!!!!!" + rest.ljust(32)


def _write_member(
    file: BinaryIO, name: str, table: pa.Table, layout: _Version, encoding: str, stamp: bytes
) -> None:
    columns = [_column(f, table[f.name], encoding) for f in _data_fields(table)]
    _, member, descriptor, namestr, observations = layout.headers
    long = layout.name > 8
    raw = name.encode(encoding).ljust(32 if long else 8)
    file.write(_header(member, b"0" * 17 + b"1600000000140") + _header(descriptor))
    file.write(b"SAS     " + raw + b"SASDATA 9.4     QUNDAO  " + b" " * (0 if long else 24) + stamp)
    label = _label(table.schema.metadata).encode(encoding)[:40]
    file.write(stamp + b" " * 16 + label.ljust(40) + b" " * 8)
    file.write(_header(namestr, b"%010d" % len(columns) + b"0" * 20))
    file.write(_padded(b"".join(_namestrs(columns, encoding, long=long))))
    if long:
        file.write(_long_labels(columns, encoding))
        file.write(_header(observations, b"%15d" % len(table)))
    else:
        file.write(_header(observations))
    size = sum(_write_rows(file, table, columns, encoding))
    file.write(b" " * (-size % RECORD))


def _padded(raw: bytes) -> bytes:
    return raw + b" " * (-len(raw) % RECORD)


def _namestrs(columns: list[_Column], encoding: str, *, long: bool) -> Iterator[bytes]:
    start = 0
    for number, c in enumerate(columns, 1):
        name = c.name.encode(encoding)
        rest = struct.pack(">32sh18x", name.ljust(32), len(c.label)) if long else bytes(52)
        form, width, digits = c.format
        yield _NAMESTR.pack(
            2 if c.is_text else 1, 0, c.length, number, name[:8].ljust(8), c.label[:40].ljust(40),
            form.ljust(8), width, digits, 0, b" " * 8, 0, 0, start, rest,
        )  # fmt: skip
        start += c.length


def _long_labels(columns: list[_Column], encoding: str) -> bytes:
    """Return the LABELV8 records of labels longer than a NAMESTR holds; empty without any."""
    longer = [(i, c) for i, c in enumerate(columns, 1) if len(c.label) > 40]
    if not longer:
        return b""
    records = []
    for i, c in longer:
        name = c.name.encode(encoding)
        records.append(struct.pack(">3H", i, len(name), len(c.label)) + name + c.label)
    return _header(b"LABELV8", b"%d" % len(longer)) + _padded(b"".join(records))


def _write_rows(
    file: BinaryIO, table: pa.Table, columns: list[_Column], encoding: str
) -> Iterator[int]:
    """Write the rows block by block and yield the bytes of each."""
    for begin in range(0, len(table), _STEP):
        part = table.slice(begin, _STEP).combine_chunks()
        block = np.empty((len(part), sum(c.length for c in columns)), np.uint8)
        start = 0
        for c in columns:
            block[:, start : start + c.length] = _bytes(part, c, encoding)
            start += c.length
        file.write(block.tobytes())
        yield block.size


def _bytes(part: pa.Table, column: _Column, encoding: str) -> Bytes:
    values = part[column.name].combine_chunks()
    if column.is_text:
        return _texts(values, column.length, encoding)
    words = _words(_numbers(values), values, part, column.name)
    return words.astype(">u8").view(np.uint8).reshape(-1, 8)


def _texts(values: pa.Array, width: int, encoding: str) -> Bytes:
    raw = [(t or "").encode(encoding).ljust(width) for t in values.to_pylist()]
    return np.frombuffer(b"".join(raw), np.uint8).reshape(-1, width)


def _numbers(values: pa.Array) -> Floats:
    """Return SAS's numbers for values, NaN where there is none."""
    type_ = values.type
    if pa.types.is_date(type_):
        values = pc.add(values.cast(pa.date32()).cast(pa.int32()), _EPOCH_DAYS)
    elif pa.types.is_timestamp(type_):
        micros = values.cast(pa.timestamp("us", tz=type_.tz)).cast(pa.int64())
        values = pc.divide(pc.add(micros, _EPOCH_DAYS * 86_400_000_000).cast(pa.float64()), 1e6)
    elif pa.types.is_time(type_):
        values = pc.divide(values.cast(pa.time64("us")).cast(pa.int64()).cast(pa.float64()), 1e6)
    elif not _is_number(type_):
        raise fail(codes.BAD_VALUE, str(type_), "", required="text, number, date, time")
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _is_number(type_: pa.DataType) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(is_kind(type_) for is_kind in kinds) or pa.types.is_null(type_)


def _words(numbers: Floats, values: pa.Array, part: pa.Table, name: str) -> Words64:
    missing = values.is_null().to_numpy(zero_copy_only=False)
    words = np.where(missing, _PLAIN, to_ibm(np.where(missing, 0.0, numbers)))
    if f"{name}{REASON_SUFFIX}" in part.column_names:
        reasons = part[f"{name}{REASON_SUFFIX}"].to_pylist()
        for row in np.flatnonzero(missing):
            words[row] = np.uint64(MISSING.get(reasons[row] or ".", MISSING["."])) << np.uint64(56)
    return words
