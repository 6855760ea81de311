"""How the work database is laid out: the tables, columns and types that a load's queries share."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from qundao.intake.mapping.sections import fold
from qundao.models import Kind

FILE = "_file"
"""The column with a row's file, by its number."""

ITEM, FAULTS = "_item", "_faults"
CHUNK = "chunk"
"""The relation that holds the rows in hand, their text plain (`load.plain`)."""

PSEUDONYMS, UNITS = "pseudonyms", "units"
UNIT_KEY = ("unit", "target", "substance")
"""What units are joined on: as written, into which, of what (`qundao.intake.units.unit_table`)."""

_OWN = re.compile(r"_file|_place|_each|_rows|_key_\d+|_once_\d+_\d+")


def is_own(name: str) -> bool:
    """Tell whether a name is of the work database's own columns: no source's can be known by it."""
    return _OWN.fullmatch(fold(name)) is not None


MEASURED = ("_value", "_unit", "_of")
"""The columns of candidates that are looked at for wrong units."""

Types = Mapping[str, Mapping[str, str]]
"""By source, the type of each column, as the database names it."""

TYPES = {
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "TEXT",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}
"""The type of a target's column by the kind that its model declares."""

ARROW_TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us"),
}
"""The same outside the database."""
