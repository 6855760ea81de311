"""Writes rows as a folder of Parquet files that holds every table of a model, typed as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qundao.models.model import Kind, Model

TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us"),
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def write_model(folder: Path, model: Model, rows: Rows, *, leave_out: Sequence[str] = ()) -> str:
    """Write all tables of `model` (fields not given are null) and return the folder's DSN."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in model.tables:
        if table.name in leave_out:
            continue
        schema = pa.schema([(f.name, TYPES[f.kind]) for f in table.fields])
        values = [{f: row.get(f) for f in schema.names} for row in rows.get(table.name, ())]
        pq.write_table(pa.Table.from_pylist(values, schema), folder / f"{table.name}.parquet")
    return f"parquet:{folder}"
