"""The tables of this room as Arrow, each column with its type whether or not a row has a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TypeVar

import pyarrow as pa

from qundao.intake.units.suspects import LimitRow, SuspectRow
from qundao.intake.units.table import UnitRow

Row = TypeVar("Row", UnitRow, LimitRow, SuspectRow)


def as_arrow(kind: type[Row], rows: Iterable[Row]) -> pa.Table:
    """Return rows of one kind as a table: its fields by name, text or float64."""
    columns = [
        pa.field(f.name, pa.float64() if "float" in str(f.type) else pa.string())
        for f in fields(kind)
    ]
    return pa.Table.from_pylist([asdict(row) for row in rows], schema=pa.schema(columns))
