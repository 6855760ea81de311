"""Reads clinical data from ODM-XML 1.3 snapshots: a table per ItemGroupOID, keys as columns.

Source: CDISC Operational Data Model 1.3.2. The file is read twice: once to learn its item groups,
their items and how many rows each has, once for the rows; never as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.etree.ElementTree import Element

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.options import check_options
from qundao.intake.safe_xml import Ancestors, local, streamed
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)
from qundao.kernel.errors import fail

KEYS = (
    "StudyOID", "SiteOID", "SubjectKey", "StudyEventOID", "StudyEventRepeatKey", "FormOID",
    "FormRepeatKey", "ItemGroupRepeatKey",
)  # fmt: skip
"""The columns that every table begins with. SiteOID is the subject's SiteRef."""

IS_NULL = "IsNull"
_MOST = 8_192  # rows held at a time, as Python objects
_KEY_OF = {
    "ClinicalData": {"StudyOID": "StudyOID"},
    "SubjectData": {"SubjectKey": "SubjectKey"},
    "StudyEventData": {
        "StudyEventOID": "StudyEventOID",
        "StudyEventRepeatKey": "StudyEventRepeatKey",
    },
    "FormData": {"FormOID": "FormOID", "FormRepeatKey": "FormRepeatKey"},
}
_TYPES = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
"""Types of items. Datetimes and times stay text: they may tell their offset from UTC."""


def open_file(path: Path, options: dict[str, str], limits: Limits) -> OdmReader:
    """Open a snapshot. It has no options. Raises `intake.*`."""
    check_options(options, {})
    return OdmReader(path, limits)


@dataclass(slots=True)
class _Group:
    """What the first reading learns of an item group."""

    rows: int = 0
    items: dict[str, bool] = field(default_factory=dict)
    """Items in their order, and whether any of them is null on purpose."""


@dataclass(slots=True)
class _Known:
    definitions: dict[str, Element] = field(default_factory=dict)
    groups: dict[str, _Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    group: str
    keys: Mapping[str, str]
    items: Mapping[str, str | None]


class OdmReader:
    """An open ODM file. Places are the numbers of the ItemGroupData elements in the file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits

    def tables(self) -> Sequence[SourceTable]:
        """Return the item groups that are defined or have data. Raises `intake.*`."""
        return self._tables

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows of an item group."""
        shown = table_named(self._tables, table)
        held: list[_Row] = []
        for row in self._rows(None):
            if row.group == table:
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
        known = _Known()
        for row in self._rows(known):
            group = known.groups.setdefault(row.group, _Group())
            group.rows += 1
            for name, value in row.items.items():
                group.items[name] = group.items.get(name, False) or value is None
            if len(group.items) > self._limits.columns:
                raise self._beyond("columns", self._limits.columns)
            if len(known.groups) > self._limits.tables:
                raise self._beyond("tables", self._limits.tables)
        return tuple(_table(name, group, known) for name, group in known.groups.items())

    def _beyond(self, what: str, most: int) -> Exception:
        return fail(codes.BEYOND_LIMITS, f"> {most}", str(self._path), what=what, most=most)

    def _rows(self, known: _Known | None) -> Iterator[_Row]:
        """Yield every ItemGroupData; put definitions into `known`."""
        place, site, subject = 0, "", None
        tags = {"ODM", "ItemDef", "ItemGroupDef", "SiteRef", "ItemGroupData"}
        for ancestors, element in self._elements(tags):
            name = local(element.tag)
            if name == "SiteRef":
                site, subject = element.get("LocationOID", ""), ancestors[-1]
            elif name == "ItemGroupData":
                place += 1
                keys = _keys(ancestors, element)
                keys["SiteOID"] = site if subject in ancestors else ""
                yield _Row(place, element.get("ItemGroupOID", ""), keys, _items(element))
            elif known is not None:
                _define(known, element)

    def _elements(self, tags: set[str]) -> Iterator[tuple[Ancestors, Element]]:
        first = True
        for ancestors, element in streamed(self._path, tags - {"ODM"}, self._limits):
            if first:
                self._check(ancestors[0])
                first = False
            yield ancestors, element

    def _check(self, root: Element) -> None:
        kind = root.get("FileType", "Snapshot")
        if local(root.tag) != "ODM" or kind != "Snapshot":
            raise fail(
                codes.UNREADABLE,
                f"{local(root.tag)} {kind}",
                str(self._path),
                what="ODM-XML 1.3 (FileType Snapshot)",
            )


def _keys(ancestors: Ancestors, group: Element) -> dict[str, str]:
    keys = {"ItemGroupRepeatKey": group.get("ItemGroupRepeatKey", "")}
    for ancestor in ancestors:
        for key, attribute in _KEY_OF.get(local(ancestor.tag), {}).items():
            keys[key] = ancestor.get(attribute, "")
    return keys


def _items(group: Element) -> dict[str, str | None]:
    """Return the values of a row by ItemOID, None for a null on purpose (IsNull)."""
    items: dict[str, str | None] = {}
    for item in group:
        name = local(item.tag)
        oid = item.get("ItemOID")
        if not name.startswith("ItemData") or oid is None:
            continue
        # ItemData has its value as an attribute, the typed ItemDataInteger and so on as text.
        value = item.get("Value", "") if name == "ItemData" else item.text or ""
        items[oid] = None if item.get(IS_NULL) == "Yes" else value
    return items


def _define(known: _Known, element: Element) -> None:
    oid = element.get("OID", "")
    known.definitions[oid] = element
    if local(element.tag) == "ItemGroupDef":
        items = (ref.get("ItemOID", "") for ref in element if local(ref.tag) == "ItemRef")
        known.groups.setdefault(oid, _Group()).items.update(dict.fromkeys(items, False))


def _table(name: str, group: _Group, known: _Known) -> SourceTable:
    keys = tuple(SourceColumn(key, pa.string()) for key in KEYS)
    items = tuple(_column(oid, known, reasons=null) for oid, null in group.items.items())
    label = _attribute(known, name, "Name")
    return SourceTable(name, (*keys, *items), label, group.rows)


def _column(oid: str, known: _Known, *, reasons: bool) -> SourceColumn:
    definition = known.definitions.get(oid)
    if definition is None:
        return SourceColumn(oid, pa.string(), reasons=reasons)
    facts = {local(k): v for k, v in definition.attrib.items() if local(k) != "OID"}
    facts["CodeListOID"] = next(
        (e.get("CodeListOID", "") for e in definition if local(e.tag) == "CodeListRef"), ""
    )
    type_ = _TYPES.get(definition.get("DataType", ""), pa.string())
    return SourceColumn(oid, type_, _question(definition), reasons, facts)


def _question(definition: Element) -> str:
    """Return what the form asks, or the item's name."""
    texts = (
        (text.text or "").strip()
        for part in definition
        if local(part.tag) in ("Question", "Description")
        for text in part
    )
    return next((t for t in texts if t), definition.get("Name", ""))


def _attribute(known: _Known, oid: str, name: str) -> str:
    definition = known.definitions.get(oid)
    return definition.get(name, "") if definition is not None else ""


def _batch(table: SourceTable, rows: list[_Row], report: Report) -> pa.RecordBatch:
    arrays = [pa.array([row.keys.get(key) or None for row in rows], pa.string()) for key in KEYS]
    for column in table.columns[len(KEYS) :]:
        arrays.append(_column_array(table.name, column, rows, report))
        if column.reasons:
            null = [column.name in r.items and r.items[column.name] is None for r in rows]
            arrays.append(pa.array([IS_NULL if n else None for n in null], pa.string()))
    arrays.append(pa.array([row.place for row in rows], pa.int64()))
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema())


def _column_array(table: str, column: SourceColumn, rows: list[_Row], report: Report) -> pa.Array:
    """Return an item's values in its column's type; report those that are not of it."""
    cells = [row.items.get(column.name) or None for row in rows]
    if column.type == pa.string():
        return pa.array(cells, pa.string())
    texts = [(cell or "").strip() or None for cell in cells]
    try:
        return pa.array(texts, pa.string()).cast(column.type)
    except pa.ArrowInvalid:
        fits = [_is(text, column.type) for text in texts]
    for row, text, fit in zip(rows, texts, fits, strict=True):
        if not fit:
            shown = str(text)[:LONGEST_VALUE]
            report(Defect(table, row.place, codes.BAD_VALUE, column.name, shown))
    kept = [text if fit else None for text, fit in zip(texts, fits, strict=True)]
    return pa.array(kept, pa.string()).cast(column.type)


def _is(text: str | None, type_: pa.DataType) -> bool:
    try:
        pa.scalar(text, pa.string()).cast(type_)
    except pa.ArrowInvalid:
        return False
    return True
