"""Writes a table as CDISC Dataset-JSON 1.1, as a JSON object or as NDJSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from qundao.intake import codes
from qundao.intake.files import replacing
from qundao.intake.source import PLACE
from qundao.kernel.errors import fail

_VERSION = "1.1.0"
_STEP = 65_536


def write_dataset_json(
    target: Path,
    name: str,
    table: pa.Table,
    *,
    ndjson: bool = False,
    keys: Collection[str] = (),
    created: datetime | None = None,
) -> int:
    """Write one data set, whole or not at all; return its rows.

    Labels are the Arrow metadata `label` of columns and table; `keys` in the order of the key.
    Raises `intake.bad_value` for a column of a type that the standard does not have.
    """
    columns = [_column(name, f, list(keys)) for f in table.schema if f.name != PLACE]
    metadata = {
        "datasetJSONCreationDateTime": (created or datetime(1960, 1, 1)).isoformat(),  # noqa: DTZ001
        "datasetJSONVersion": _VERSION,
        "itemGroupOID": f"IG.{name}",
        "records": len(table),
        "name": name,
        "label": _label(table.schema.metadata) or name,
        "columns": columns,
    }
    rows = (_text(row) for row in _rows(table.select([c["name"] for c in columns])))
    head = _text(metadata)
    with replacing(target) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(head + "\n" if ndjson else head[:-1] + ',"rows":[')
        for number, row in enumerate(rows):
            file.write(row + "\n" if ndjson else ",\n"[: 2 * bool(number)] + row)
        file.write("" if ndjson else "]}\n")
    return len(table)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"text, a number, a date or a time is required, received {value!r}")


def _rows(table: pa.Table) -> Iterator[list[Any]]:
    for begin in range(0, len(table), _STEP):
        part = table.slice(begin, _STEP)
        for row in zip(*(c.to_pylist() for c in part.columns), strict=True):
            yield list(row)


def _column(table: str, field: pa.Field, keys: list[str]) -> dict[str, Any]:
    types = _types(field)
    column = {
        "itemOID": f"IT.{table}.{field.name}",
        "name": field.name,
        "label": _label(field.metadata) or field.name,
        "dataType": types[0],
    }
    if len(types) > 1:
        column["targetDataType"] = types[1]
    if field.name in keys:
        return column | {"keySequence": keys.index(field.name) + 1}
    return column


def _types(field: pa.Field) -> tuple[str, ...]:
    kinds = {
        pa.types.is_string: ("string",),
        pa.types.is_large_string: ("string",),
        pa.types.is_boolean: ("boolean",),
        pa.types.is_integer: ("integer",),
        pa.types.is_floating: ("float",),
        pa.types.is_decimal: ("decimal", "decimal"),
        pa.types.is_date: ("date", "integer"),
        pa.types.is_timestamp: ("datetime", "integer"),
        pa.types.is_time: ("time", "integer"),
    }
    for fits, types in kinds.items():
        if fits(field.type):
            return types
    required = "text, number, boolean, date, time"
    raise fail(codes.BAD_VALUE, str(field.type), field.name, required=required)


def _label(metadata: Any) -> str:
    return bytes((metadata or {}).get(b"label", b"")).decode()
