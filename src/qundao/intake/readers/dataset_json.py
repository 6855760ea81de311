"""Reads CDISC Dataset-JSON 1.1: one data set per file, as a JSON object or as NDJSON.

Source: CDISC, Dataset-JSON 1.1 specification (2024). The rows are read one by one, whichever
way the file is written and wherever in the object they stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.dataset_json_types import array_of, type_of
from qundao.intake.readers.json_stream import lines, parse, pieces
from qundao.intake.readers.options import check_options
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail

_WHAT = "Dataset-JSON 1.1"
_COLUMN_FACTS = ("itemOID", "dataType", "targetDataType", "length", "displayFormat", "keySequence")
_TABLE_FACTS = (
    "datasetJSONVersion", "datasetJSONCreationDateTime", "itemGroupOID", "studyOID",
    "metaDataVersionOID", "metaDataRef", "originator", "sourceSystem", "fileOID",
)  # fmt: skip


def open_file(path: Path, options: dict[str, str], limits: Limits) -> DatasetJsonReader:
    """Open a data set. It has no options. Raises `intake.*`."""
    check_options(options, {})
    return DatasetJsonReader(path, limits)


class DatasetJsonReader:
    """An open Dataset-JSON file: one table. See `qundao.intake.source.Reader`."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self._by_line = _is_ndjson(path, limits)
        self._table = _table(self._metadata(), limits)

    def tables(self) -> Sequence[SourceTable]:
        """Return the file's one table."""
        return (self._table,)

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows; raise `intake.unreadable` where `records` says another number of them."""
        table_named(self.tables(), table)
        held: list[tuple[int, list[Any]]] = []
        for place, row in self._rows(report):
            held.append((place, row))
            if len(held) == rows:
                yield self._batch(held, report)
                held = []
        if held:
            yield self._batch(held, report)

    def close(self) -> None:
        """Do nothing: the file is open only while rows are read."""

    def _metadata(self) -> Mapping[str, Any]:
        if self._by_line:
            return _first_line(self._path, self._limits)
        found: dict[str, Any] = {}
        for key, value in pieces(self._path, "rows", self._limits):
            if key != "rows":
                found[key] = value
            elif {"columns", "name"} <= found.keys():
                break
        return found

    def _rows(self, report: Report) -> Iterator[tuple[int, list[Any]]]:
        """Yield each row with its place, report those that are none, and count all."""
        declared, count = self._table.rows, 0
        for place, key, value in self._parts():
            if key == "records":
                declared = value
            elif key == "rows":
                count += 1
                if isinstance(value, list) and len(value) == len(self._table.columns):
                    yield place, value
                else:
                    report(Defect(self._table.name, place, codes.BAD_ROW, "", _shown(value)))
        if declared is not None and declared != count:
            received = f"{count} rows, records: {declared}"
            raise fail(codes.UNREADABLE, received, str(self._path), what=_WHAT)

    def _parts(self) -> Iterator[tuple[int, str, Any]]:
        """Yield (place, key, value): the line in NDJSON, else the row's number."""
        if not self._by_line:
            place = 0
            for key, value in pieces(self._path, "rows", self._limits):
                place += key == "rows"
                yield place, key, value
            return
        numbered = lines(self._path, self._limits)
        next(numbered)
        for place, line in numbered:
            yield place, "rows", _parsed(line, self._limits)

    def _batch(self, held: list[tuple[int, list[Any]]], report: Report) -> pa.RecordBatch:
        places = [place for place, _ in held]
        arrays = []
        for i, column in enumerate(self._table.columns):
            values = [row[i] for _, row in held]
            array, bad = array_of(values, column.type)
            arrays.append(array)
            for k in bad:
                shown = _shown(values[k])
                name = column.name
                report(Defect(self._table.name, places[k], codes.BAD_VALUE, name, shown))
        placed = pa.array(places, pa.int64())
        return pa.RecordBatch.from_arrays([*arrays, placed], schema=self._table.schema())


def _is_ndjson(path: Path, limits: Limits) -> bool:
    """Say whether the first line is a whole object with the metadata, and no rows in it."""
    _, line = next(lines(path, limits), (0, b""))
    value = _parsed(line, limits)
    return isinstance(value, dict) and "rows" not in value


def _first_line(path: Path, limits: Limits) -> Mapping[str, Any]:
    _, line = next(lines(path, limits))
    found: Mapping[str, Any] = _parsed(line, limits)
    return found


def _parsed(line: bytes | None, limits: Limits) -> Any:
    """Return a line's value; the line itself where it is not JSON."""
    try:
        return parse((line or b"").decode(), limits)
    except ValueError:
        return (line or b"")[: 2 * LONGEST_VALUE].decode("utf-8", "replace")


def _shown(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:LONGEST_VALUE]


def _table(metadata: Mapping[str, Any], limits: Limits) -> SourceTable:
    columns, name = metadata.get("columns"), metadata.get("name")
    if not isinstance(columns, list) or not columns or not isinstance(name, str):
        raise fail(codes.UNREADABLE, ", ".join(metadata), "columns, name", what=_WHAT)
    if len(columns) > limits.columns:
        raise fail(codes.BEYOND_LIMITS, len(columns), name, what="columns", most=limits.columns)
    records = metadata.get("records")
    return SourceTable(
        name=name,
        columns=tuple(_column(c, i) for i, c in enumerate(columns)),
        label=str(metadata.get("label") or ""),
        rows=records if isinstance(records, int) else None,
        facts={key: metadata[key] for key in _TABLE_FACTS if key in metadata}
        | {"keys": _keys(columns)},
    )


def _column(column: Any, index: int) -> SourceColumn:
    where = f"columns[{index}]"
    if not isinstance(column, dict) or not isinstance(column.get("name"), str):
        raise fail(codes.UNREADABLE, _shown(column), where, what=_WHAT)
    type_ = type_of(str(column.get("dataType")), str(column.get("targetDataType", "")))
    if type_ is None:
        raise fail(codes.UNREADABLE, column.get("dataType"), f"{where}.dataType", what=_WHAT)
    facts = {key: column[key] for key in _COLUMN_FACTS if key in column}
    return SourceColumn(column["name"], type_, str(column.get("label") or ""), facts=facts)


def _keys(columns: list[dict[str, Any]]) -> list[str]:
    keyed = [(c["keySequence"], c["name"]) for c in columns if c.get("keySequence")]
    return [name for _, name in sorted(keyed)]
