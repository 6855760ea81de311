"""Reads FHIR R4 as NDJSON (bulk export) or as a Bundle: a table per type of resource.

The components of observations (systolic and diastolic pressure) are a table of their own,
`Observation_component`. A line that is no resource counts to the table whose type it names; to
`_unreadable` where it names none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.fhir_columns import COMPONENT, RESOURCES, WHOLE, Column, as_json
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

COMPONENTS = "Observation_component"
UNREADABLE = "_unreadable"
JSON = "_json"
_OPTIONS = {"layout": "ndjson, bundle (else found by the file)"}
_MOST = 8_192
"""Resources held at a time: as Python objects they take ten times the room of their columns."""
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_NAMED = re.compile(rb'"resourceType"\s*:\s*"([A-Z][A-Za-z]{1,63})"')


def open_file(path: Path, options: dict[str, str], limits: Limits) -> FhirReader:
    """Open NDJSON or a Bundle. Option `layout`. Raises `intake.*`."""
    check_options(options, _OPTIONS)
    layout = options.get("layout") or _layout(path, limits)
    if layout not in ("ndjson", "bundle"):
        raise fail(
            codes.UNKNOWN_OPTION, layout, "options.layout", allowed=f"layout: {_OPTIONS['layout']}"
        )
    return FhirReader(path, layout, limits)


def _layout(path: Path, limits: Limits) -> str:
    if path.name.lower().endswith(".ndjson"):
        return "ndjson"
    _, line = next(lines(path, limits), (0, b""))
    kind = _kind(_resource(line, limits))
    return "ndjson" if kind and kind != "Bundle" else "bundle"


@dataclass(frozen=True, slots=True)
class _Row:
    """A resource (or component), None where there is none, with its text as in the source."""

    place: int
    kind: str
    resource: dict[str, Any] | None
    text: str
    full_url: str | None = None
    index: int = 0


class FhirReader:
    """Open FHIR resources. Places are lines in NDJSON, numbers of the entry in a Bundle."""

    def __init__(self, path: Path, layout: str, limits: Limits) -> None:
        self._path, self._layout, self._limits = path, layout, limits

    def tables(self) -> Sequence[SourceTable]:
        """Return the types of resources that the file holds, with their counts."""
        return self._tables

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the resources of a type; what is no resource is reported."""
        shown = table_named(self._tables, table)
        held: list[_Row] = []
        for row in self._rows(table):
            if row.resource is None:
                report(Defect(table, row.place, codes.BAD_ROW, "", row.text[:LONGEST_VALUE]))
                continue
            held.append(row)
            if len(held) == min(rows, _MOST):
                yield _batch(shown, held, report)
                held = []
        if held:
            yield _batch(shown, held, report)

    def close(self) -> None:
        """Do nothing: the file is open only while it is read."""

    @cached_property
    def _tables(self) -> tuple[SourceTable, ...]:
        counts: Counter[str] = Counter()
        for row in self._resources(""):
            counts[row.kind] += 1
            counts[COMPONENTS] += len(_components(row))
            if len(counts) > self._limits.tables:
                most = self._limits.tables
                raise fail(
                    codes.BEYOND_LIMITS, len(counts), str(self._path), what="tables", most=most
                )
        held = [k for k, count in counts.items() if count or "Observation" in counts]
        order = {name: i for i, name in enumerate([*RESOURCES, COMPONENTS])}
        held.sort(key=lambda name: (order.get(name, len(order)), name))
        return tuple(_table(name, counts[name]) for name in held)

    def _rows(self, table: str) -> Iterator[_Row]:
        if table == COMPONENTS:
            for row in self._resources("Observation"):
                yield from _components(row)
        else:
            yield from (row for row in self._resources(table) if row.kind == table)

    def _resources(self, kind: str) -> Iterator[_Row]:
        """Yield the resources; with a kind, at least those of it."""
        if self._layout == "bundle":
            yield from self._entries()
            return
        for place, line in lines(self._path, self._limits):
            # Looking for the name is many times as fast as reading the JSON for nothing.
            if line and kind.encode() not in line and b"\\u" not in line and kind != UNREADABLE:
                continue
            text = (line or b"").decode("utf-8", "replace")
            resource = _resource(line, self._limits)
            named = _NAMED.search(line or b"")
            told = _kind(resource) or (named[1].decode() if named else UNREADABLE)
            yield _Row(place, told, resource if _kind(resource) else None, text)

    def _entries(self) -> Iterator[_Row]:
        place, is_bundle = 0, False
        for key, value in pieces(self._path, "entry", self._limits):
            is_bundle |= key == "resourceType" and value == "Bundle"
            if key == "entry":
                place += 1
                resource = value.get("resource") if isinstance(value, dict) else None
                kind = _kind(resource)
                url = value.get("fullUrl") if isinstance(value, dict) else None
                text = as_json(resource if kind else value) or ""
                yield _Row(
                    place,
                    kind or UNREADABLE,
                    resource if kind else None,
                    text,
                    url if isinstance(url, str) else None,
                )
        if not is_bundle:
            what = "FHIR R4 (Bundle, NDJSON)"
            raise fail(codes.UNREADABLE, "resourceType ≠ Bundle", str(self._path), what=what)


def _resource(line: bytes | None, limits: Limits) -> Any:
    """Return what a line says, None where it is not JSON in UTF-8."""
    try:
        return parse((line or b"").decode(), limits)
    except ValueError:
        return None


def _kind(resource: Any) -> str:
    """Return the type of a resource, empty for anything that is none."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else ""


def _components(row: _Row) -> list[_Row]:
    """Return the components of an observation, numbered from 1."""
    if row.kind != "Observation" or row.resource is None:
        return []
    parts = row.resource.get("component")
    return [
        _Row(
            row.place,
            COMPONENTS,
            {**part, WHOLE: row.resource} if isinstance(part, dict) else None,
            as_json(part) or "",
            row.full_url,
            index,
        )
        for index, part in enumerate(parts if isinstance(parts, list) else [], 1)
    ]


def _columns(kind: str) -> list[Column]:
    if kind == UNREADABLE:
        return []
    if kind == COMPONENTS:
        return COMPONENT
    return RESOURCES.get(kind, [])


def _table(kind: str, count: int) -> SourceTable:
    first = ("observation_id", "subject_id", "index") if kind == COMPONENTS else ("id",)
    own = [SourceColumn(name, pa.string()) for name in (*first, "full_url")]
    parts = [SourceColumn(c.name, c.type, reasons=c.reason is not None) for c in _columns(kind)]
    columns = (*own, *parts, SourceColumn(JSON, pa.string()))
    return SourceTable(kind, columns, rows=count, facts={"resources": count, "fhir": "R4"})


def _batch(table: SourceTable, rows: list[_Row], report: Report) -> pa.RecordBatch:
    arrays = [pa.array(values, pa.string()) for values in zip(*map(_identity, rows), strict=True)]
    for column in _columns(table.name):
        arrays += _cells(table.name, column, rows, report)
    arrays.append(pa.array([row.text for row in rows], pa.string()))
    arrays.append(pa.array([row.place for row in rows], pa.int64()))
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema())


def _identity(row: _Row) -> tuple[str | None, ...]:
    resource = row.resource or {}
    if row.kind == COMPONENTS:
        whole = resource[WHOLE]
        subject = next(c for c in RESOURCES["Observation"] if c.name == "subject_id")
        return _id(whole), _tried(subject, whole)[0], str(row.index), row.full_url
    return _id(resource), row.full_url


def _id(resource: dict[str, Any]) -> str | None:
    found = resource.get("id")
    return found if isinstance(found, str) else None


def _cells(table: str, column: Column, rows: list[_Row], report: Report) -> list[pa.Array]:
    """Return a column's array, and its reasons' where it has them; report what is not right."""
    values, reasons = [], []
    for row in rows:
        value, wrong = _tried(column, row.resource or {})
        if wrong:
            report(Defect(table, row.place, codes.BAD_VALUE, column.name, wrong[:LONGEST_VALUE]))
        values.append(value)
        reasons.append(_why(column, row) if value is None and not wrong else None)
    arrays = [pa.array(values, column.type)]
    return [*arrays, pa.array(reasons, pa.string())] if column.reason else arrays


def _tried(column: Column, resource: dict[str, Any]) -> tuple[Any, str]:
    """Return a column's value, or None and what is wrong with it."""
    try:
        return column.get(resource), ""
    except ValueError as error:
        return None, str(error)


def _why(column: Column, row: _Row) -> str | None:
    if column.reason is None:
        return None
    try:
        found: str | None = column.reason(row.resource or {})
    except (ValueError, AttributeError):
        return None
    return found
