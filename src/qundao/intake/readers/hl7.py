"""Reads results from HL7 v2 (ORU^R01): a table `obx`, a row per OBX with what it belongs to.

Source: HL7 Version 2.5.1, chapter 7 (ORU_R01). Each OBX comes with its message (MSH), patient
(PID), visit (PV1), order (ORC) and request (OBR), and with its notes (NTE). Places are lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.readers.hl7_message import NULL, RawMessage, Segment, parsed, raw_messages
from qundao.intake.readers.options import check_options, checked_encoding
from qundao.intake.source import (
    LONGEST_VALUE,
    Defect,
    Report,
    SourceColumn,
    SourceTable,
    table_named,
)

TABLE = "obx"
_OPTIONS = {"encoding": "of messages that do not say theirs in MSH-18 (else UTF-8, GB 18030)"}
_CODED = ("CE", "CWE", "CNE", "CF")
_NOT_OBTAINED = "X"
_MOST = 8_192  # results held at a time, as Python objects


def open_file(path: Path, options: dict[str, str], limits: Limits) -> Hl7Reader:
    """Open a file of messages. Option `encoding`. Raises `intake.*`."""
    check_options(options, _OPTIONS)
    encoding = options.get("encoding", "")
    return Hl7Reader(path, checked_encoding(encoding) if encoding else "", limits)


@dataclass(slots=True)
class _Observation:
    """An OBX and the segments it belongs to, by name; `notes` are those that follow it."""

    obx: Segment
    context: Mapping[str, Segment]
    notes: list[str] = field(default_factory=list)

    def segment(self, name: str) -> Segment | None:
        return self.obx if name == "OBX" else self.context.get(name)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: the segment it is read from, and how."""

    name: str
    segment: str
    get: Callable[[_Observation], str]
    reasons: bool = False

    def values(self, held: Sequence[_Observation]) -> Iterator[str]:
        """Yield the values; those of a segment that many results share are read once."""
        last: Segment | None = None
        value = ""
        for observation in held:
            segment = observation.segment(self.segment)
            if segment is None:
                value = ""
            elif segment is not last:
                value = self.get(observation)
            last = segment
            yield value


def _part(segment: str, number: int, component: int, observation: _Observation) -> str:
    found = observation.segment(segment)
    return found.part(number, component) if found else ""


def _whole(segment: str, number: int, observation: _Observation) -> str:
    found = observation.segment(segment)
    return found.whole(number) if found else ""


def _value(observation: _Observation) -> str:
    """Return OBX-5 as a person would write it; repetitions (lines of a text) on lines."""
    obx = observation.obx
    kind = obx.field(2)
    return "\n".join(_written(kind, text, obx) for text in obx.repetitions(5))


def _written(kind: str, text: str, obx: Segment) -> str:
    marks = obx.marks
    parts = [marks.plain(p) for p in text.split(marks.component)]
    if kind in _CODED and text != NULL:
        return parts[1] if len(parts) > 1 and parts[1] else parts[0]
    if kind == "SN":  # structured numeric: comparator, number, separator, number
        return "".join(parts)
    return marks.plain(text)


def _coded(component: int, observation: _Observation) -> str:
    obx = observation.obx
    return obx.part(5, component) if obx.field(2) in _CODED else ""


def _notes(observation: _Observation) -> str:
    return "\n".join(observation.notes)


_PARTS = {
    "message_id": ("MSH", 10, 1), "message_time": ("MSH", 7, 1), "version": ("MSH", 12, 1),
    "sending_application": ("MSH", 3, 1), "sending_facility": ("MSH", 4, 1),
    "patient_id": ("PID", 3, 1), "patient_id_authority": ("PID", 3, 4),
    "patient_id_type": ("PID", 3, 5), "birth_date": ("PID", 7, 1), "sex": ("PID", 8, 1),
    "patient_class": ("PV1", 2, 1), "ward": ("PV1", 3, 1), "visit_id": ("PV1", 19, 1),
    "admitted": ("PV1", 44, 1), "discharged": ("PV1", 45, 1),
    "order_control": ("ORC", 1, 1), "order_placer_id": ("ORC", 2, 1),
    "order_filler_id": ("ORC", 3, 1),
    "request_set_id": ("OBR", 1, 1), "placer_id": ("OBR", 2, 1), "filler_id": ("OBR", 3, 1),
    "service_code": ("OBR", 4, 1), "service_name": ("OBR", 4, 2), "service_system": ("OBR", 4, 3),
    "collected": ("OBR", 7, 1), "specimen_received": ("OBR", 14, 1), "specimen": ("OBR", 15, 1),
    "reported": ("OBR", 22, 1), "request_status": ("OBR", 25, 1),
    "set_id": ("OBX", 1, 1), "value_type": ("OBX", 2, 1), "code": ("OBX", 3, 1),
    "name": ("OBX", 3, 2), "system": ("OBX", 3, 3), "other_code": ("OBX", 3, 4),
    "other_name": ("OBX", 3, 5), "other_system": ("OBX", 3, 6), "sub_id": ("OBX", 4, 1),
    "unit": ("OBX", 6, 1), "unit_name": ("OBX", 6, 2), "unit_system": ("OBX", 6, 3),
    "status": ("OBX", 11, 1), "observed": ("OBX", 14, 1), "observer": ("OBX", 16, 1),
    "method": ("OBX", 17, 1), "analysed": ("OBX", 19, 1),
}  # fmt: skip
"""Columns that are one component of a field: segment, field, component, as the standard counts."""

_WHOLE = {
    "message_type": ("MSH", 9), "patient_ids": ("PID", 3), "patient_name": ("PID", 5),
    "reference_range": ("OBX", 7), "flags": ("OBX", 8),
}  # fmt: skip
"""Columns that are a whole field, with its components and repetitions."""

_WITH_REASONS = ("birth_date", "sex", "collected", "unit", "observed", "reference_range", "flags")

COLUMNS = (
    *(_Column(n, at[0], partial(_part, *at), n in _WITH_REASONS) for n, at in _PARTS.items()),
    *(_Column(n, at[0], partial(_whole, *at), n in _WITH_REASONS) for n, at in _WHOLE.items()),
    _Column("value", "OBX", _value, reasons=True),
    _Column("value_code", "OBX", partial(_coded, 1)),
    _Column("value_name", "OBX", partial(_coded, 2)),
    _Column("value_system", "OBX", partial(_coded, 3)),
    _Column("notes", "OBX", _notes),
)
"""What the table holds; all of it text, as the message has it, without escapes."""


class Hl7Reader:
    """An open file of messages. How many rows it has, only reading tells."""

    def __init__(self, path: Path, encoding: str, limits: Limits) -> None:
        self._path, self._encoding, self._limits = path, encoding, limits
        columns = (SourceColumn(c.name, pa.string(), reasons=c.reasons) for c in COLUMNS)
        self._table = SourceTable(TABLE, tuple(columns))

    def tables(self) -> Sequence[SourceTable]:
        """Return the one table, `obx`."""
        return (self._table,)

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the results. A broken message is reported, once for each OBX in it."""
        table_named(self.tables(), table)
        held: list[_Observation] = []
        rows = min(rows, _MOST)
        for message in raw_messages(self._path, self._limits):
            try:
                held += _observations(parsed(message, self._encoding), report)
            except ValueError:
                _report_all(message, report)
            while len(held) >= rows:
                yield self._batch(held[:rows])
                held = held[rows:]
        if held:
            yield self._batch(held)

    def close(self) -> None:
        """Do nothing: the file is open only while rows are read."""

    def _batch(self, held: list[_Observation]) -> pa.RecordBatch:
        arrays = []
        for column in COLUMNS:
            values = list(column.values(held))
            arrays.append(pa.array([None if v in ("", NULL) else v for v in values], pa.string()))
            if column.reasons:
                reasons = [_reason(column, o, v) for o, v in zip(held, values, strict=True)]
                arrays.append(pa.array(reasons, pa.string()))
        arrays.append(pa.array([o.obx.place for o in held], pa.int64()))
        return pa.RecordBatch.from_arrays(arrays, schema=self._table.schema())


def _reason(column: _Column, observation: _Observation, value: str) -> str | None:
    """Return why a value is missing: null on purpose, or a result that could not be obtained."""
    if value == NULL:
        return NULL
    if not value and column.name == "value" and observation.obx.field(11) == _NOT_OBTAINED:
        return f"OBX-11 {_NOT_OBTAINED}"
    return None


def _observations(segments: Sequence[Segment], report: Report) -> list[_Observation]:
    """Return a message's OBX segments, each with the segments in force where it stands."""
    context: dict[str, Segment] = {}
    found: list[_Observation] = []
    last = ""
    for segment in segments:
        if segment.name == "OBX":
            if len(segment.fields) > 3:
                found.append(_Observation(segment, dict(context)))
            else:
                shown = "|".join(segment.fields)[:LONGEST_VALUE]
                report(Defect(TABLE, segment.place, codes.BAD_ROW, "", shown))
        elif segment.name == "NTE" and last in ("OBX", "NTE") and found:
            found[-1].notes.append(segment.whole(3))
        else:
            _enter(context, segment)
        # Notes that follow another segment are that segment's, not the last result's.
        last = segment.name if segment.name != "NTE" or last in ("OBX", "NTE") else last
    return found


def _enter(context: dict[str, Segment], segment: Segment) -> None:
    """Put a segment in force, and out of force what it ends."""
    ends = {"PID": ("PV1", "ORC", "OBR"), "PV1": ("ORC", "OBR"), "ORC": ("OBR",)}
    for name in ends.get(segment.name, ()):
        context.pop(name, None)
    if segment.name == "OBR" and "OBR" in context:
        context.pop("ORC", None)  # it was the request's before this one
    context[segment.name] = segment


def _report_all(message: RawMessage, report: Report) -> None:
    """Report the results that a broken message takes with it; the message where it has none."""
    lost = [(n, line) for n, line in message.lines if line.startswith(b"OBX")]
    for place, line in lost or message.lines[:1]:
        shown = line[: 2 * LONGEST_VALUE].decode("utf-8", "replace")[:LONGEST_VALUE]
        report(Defect(TABLE, place, codes.BAD_ROW, "", shown))
