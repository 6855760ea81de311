"""Opens a CSV file: read once as text into a private copy that a query engine can scan.

Encoding (UTF-8, UTF-16 by its mark, GB18030) and delimiter are found out unless told. Nothing is
converted: every column is text, so that what a laboratory wrote stays to be judged. Lines with
more or fewer fields than the header are counted; missing fields are empty, surplus ones dropped.
"""

from __future__ import annotations

import codecs
import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from qundao.engines import codes
from qundao.engines.dsn import Dsn
from qundao.engines.duck import DuckEngine, Source, add_view, connect, seal
from qundao.engines.options import EngineOptions
from qundao.engines.private import disk_errors, private_folder
from qundao.engines.source_file import readable_file
from qundao.kernel.errors import fail

_WHAT = "CSV file"
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = ("utf-8", "gb18030")
_CHUNK, _BATCH, _LOOKED_AT = 1 << 20, 20_000, 200
_LONGEST_FIELD = 16 * 2**20
_VALUE = re.compile(r"^[+-]?[0-9]+([./-][0-9]+)*$")


@dataclass(slots=True)
class _Shape:
    """How the file is written; lines are counted while it is read."""

    encoding: str
    bom: bool
    delimiter: str
    header: bool
    lines: int = 0
    ragged: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what a profile tells of the file."""
        delimiter = next(n for n, sign in _DELIMITERS.items() if sign == self.delimiter)
        return {
            "encoding": self.encoding,
            "bom": self.bom,
            "delimiter": delimiter,
            "header": self.header,
            "lines": self.lines,
            "ragged_lines": self.ragged,
        }


def open_csv_file(dsn: Dsn, options: EngineOptions) -> DuckEngine:
    """Open `dsn.path` as one table, named as the file. Raises `engines.*`."""
    path = readable_file(dsn.path, _WHAT)
    folder = private_folder(options.temp_dir)
    try:
        shape = _shape(path, dsn.options)
        copy = folder / "copy.parquet"
        with disk_errors(folder):
            names = _copy(path, copy, shape)
        connection = connect(options, folder)
        paths = exp.Array(expressions=[exp.Literal.string(str(copy))])
        rows = exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[paths]))
        add_view(connection, _table_name(path), names, rows)
        seal(connection, [copy])
        return DuckEngine(
            connection, Source("csv", str(dsn.path), copy.exists, {"file": shape.to_json()}), folder
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _shape(path: Path, told: Mapping[str, str]) -> _Shape:
    encoding, bom = _encoding(path, told.get("encoding", "").lower())
    with path.open(encoding=encoding, newline="") as file:
        head = list(islice(file, _LOOKED_AT))
    if not head:
        raise fail(codes.BAD_CSV, path.name, "dsn")
    named = told.get("delimiter", "")
    if named and named not in _DELIMITERS:
        raise fail(codes.BAD_DSN, f"delimiter={named}", "dsn", options="delimiter=,|;|tab")
    delimiter = _DELIMITERS[named] if named else _delimiter(head)
    first = next(csv.reader(head, delimiter=delimiter), [])
    header = told.get("header", "")
    has_header = header == "yes" or (header != "no" and not any(map(_VALUE.match, first)))
    return _Shape(encoding.removesuffix("-sig"), bom, delimiter, has_header)


def _encoding(path: Path, told: str) -> tuple[str, bool]:
    """Return the first encoding in which the whole file can be read, and if it has a mark."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    for encoding in filter(None, (told, marked) if told or marked else _ENCODINGS):
        if _decodes(path, encoding):
            return encoding, marked is not None
    raise fail(codes.BAD_CSV, f"{path.name} ({told or marked or 'UTF-8, GB18030'})", "dsn")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _delimiter(head: Sequence[str]) -> str:
    """Return the delimiter by which most lines have the same number of fields, more than one."""

    def agreeing(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(head, delimiter=delimiter) if row)
        width, lines = max(widths.items(), key=lambda item: item[1], default=(1, 0))
        return (lines, width) if width > 1 else (0, 0)

    return max(_DELIMITERS.values(), key=agreeing)


def _copy(path: Path, target: Path, shape: _Shape) -> list[str]:
    """Write the file as Parquet, all text; return the columns. Raises `engines.bad_csv`."""
    encoding = "utf-8-sig" if shape.bom and shape.encoding == "utf-8" else shape.encoding
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding=encoding, newline="") as file:
            rows = csv.reader(file, delimiter=shape.delimiter)
            first = next(rows)
            names = (
                _names(first) if shape.header else [f"column_{i + 1}" for i in range(len(first))]
            )
            schema = pa.schema([(name, pa.string()) for name in names])
            with pq.ParquetWriter(target, schema, compression="zstd") as writer:
                before = iter(()) if shape.header else iter((first,))
                for batch in _batches(_even(before, rows, len(names), shape)):
                    columns = [pa.array(values, pa.string()) for values in zip(*batch, strict=True)]
                    writer.write_batch(pa.record_batch(columns, schema=schema))
    except (csv.Error, UnicodeError, StopIteration) as error:
        raise fail(codes.BAD_CSV, f"{path.name}: {type(error).__name__}", "dsn") from error
    return names


def _even(
    before: Iterator[list[str]], rows: Iterator[list[str]], width: int, shape: _Shape
) -> Iterator[list[str | None]]:
    """Yield rows of the same width and count those that were not; blank lines are none."""
    for source in (before, rows):
        for row in source:
            if not row:
                continue
            shape.lines += 1
            shape.ragged += len(row) != width
            yield [*row[:width], *([None] * (width - len(row)))]


def _batches(rows: Iterator[list[str | None]]) -> Iterator[list[list[str | None]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _names(header: Sequence[str]) -> list[str]:
    """Return column names in small letters, each once; a column without a name gets its number."""
    names: list[str] = []
    for i, text in enumerate(header, 1):
        plain = text.strip().lower() or f"column_{i}"
        name, again = plain, 2
        while name in names:
            name, again = f"{plain}_{again}", again + 1
        names.append(name)
    return names


def _table_name(path: Path) -> str:
    """Return the file's name as a table's: letters, digits and underscores, of any script."""
    return re.sub(r"\W+", "_", path.name.split(".")[0].lower()).strip("_") or "table"
