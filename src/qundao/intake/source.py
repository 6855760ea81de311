"""What a reader tells of a source: its tables, their rows with the place each came from, defects.

Every format a member holds (text, Excel, SAS transport, FHIR, HL7, a database's view) is read
through the same port, so that what follows knows no format: rows are counted, profiled, mapped
and loaded alike. Rows in the source = rows handed over + rows reported as defective.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from qundao.intake.codes import NO_SUCH_TABLE
from qundao.kernel.errors import fail

PLACE = "_place"
"""The column (int64) that every batch ends with: line, row or record number in the source, from 1.

For text it is the physical line on which the record begins; for a sheet the row's number as Excel
shows it; for NDJSON the line; for SAS and Parquet the record's number.
"""

REASON_SUFFIX = "__reason"
"""A column `x__reason` (text) beside `x` says why `x` is missing, where the format tells."""

LONGEST_VALUE = 200
"""Characters of a defective value that are kept, for the steward on the node."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column: its name as the source has it, its Arrow type, label and unit where it has them.

    With `reasons`, batches carry a second column, `name__reason`. `facts` are what the format
    says besides (SAS length and format, a controlled-terms list, …).
    """

    name: str
    type: pa.DataType
    label: str = ""
    reasons: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of a source. `rows` is None where only reading tells; `facts` as for columns."""

    name: str
    columns: tuple[SourceColumn, ...]
    label: str = ""
    rows: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def schema(self) -> pa.Schema:
        """Return the schema of the table's batches: columns, reasons beside them, place last."""
        fields = [
            f
            for c in self.columns
            for f in (
                pa.field(c.name, c.type),
                *([pa.field(f"{c.name}{REASON_SUFFIX}", pa.string())] if c.reasons else []),
            )
        ]
        return pa.schema([*fields, pa.field(PLACE, pa.int64(), nullable=False)])


@dataclass(frozen=True, slots=True)
class Defect:
    """A row that could not be read: where, why (an error code of this room), and what was there.

    `column` is empty where the whole row is at fault. `value` is cut to `LONGEST_VALUE`.
    """

    table: str
    place: int
    reason: str
    column: str = ""
    value: str = ""


def table_named(tables: Iterable[SourceTable], name: str) -> SourceTable:
    """Return the table of that name. Raises `intake.no_such_table`, which lists those there are."""
    every = {table.name: table for table in tables}
    if name not in every:
        raise fail(NO_SUCH_TABLE, name, "table", known=", ".join(every))
    return every[name]


Report = Callable[[Defect], None]


class Reader(Protocol):
    """An open source. Reading is streaming: memory does not grow with the rows."""

    def tables(self) -> Sequence[SourceTable]:
        """Return the tables, in the source's order. Raises `intake.*`."""

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield a table's rows in order, at most `rows` at a time, in the table's schema.

        A row that cannot be read is given to `report` and left out; reading goes on. What makes
        the whole source unreadable is raised as `intake.*`.
        """

    def close(self) -> None:
        """Give the source back. Closing twice does nothing."""


@runtime_checkable
class Judging(Protocol):
    """A reader that had to find out how its source is written, and holds nothing open for it."""

    def again(self) -> Reader:
        """Return a reader of the same source that takes what was found out as told."""


@runtime_checkable
class Picking(Protocol):
    """A reader that is faster where not every column is asked for."""

    def pick(self, columns: Collection[str]) -> None:
        """Hand over these columns alone from now on, with the place; none of them: all.

        Which rows there are, and which cannot be read, is the same whatever is picked.
        """

    @property
    def bytes_read(self) -> int:
        """Return how much of the source has been read so far, all columns."""
