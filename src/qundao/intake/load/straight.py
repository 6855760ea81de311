"""The straight way of a rule's rows: from the chunk into the target's file, and no table between.

Most rules fill a table alone, and most rows of an export are sound. Such rows are written as the
table and its lineage while the export is read, row for row in one order; rows with faults go among
the rule's candidates, as all rows of other rules do. What only the whole can tell (a parent that
was not loaded, a key that came twice) is sifted out again before the table is shown (`sifting`).

What has been written is told in the work database, in the same transaction as the reading: a load
that is killed goes on behind the last chunk that is told of. While a chunk is written, the next one
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.load.layout import ARROW_TYPES, FAULTS, FILE, ITEM
from qundao.intake.load.lineage import KEY, Origin, key_of, told_key
from qundao.intake.load.parquet_footer import Part
from qundao.intake.load.plans import Planned
from qundao.intake.load.slices import SLICE, GrowingFile, Slice, encoded
from qundao.intake.load.work_database import WorkDatabase
from qundao.intake.source import PLACE
from qundao.models import Kind

NTH = "file_row_number"
"""The column that numbers the rows of a Parquet file as it is read."""

WRITTEN = (
    "rule INTEGER, file INTEGER, rows BIGINT, "
    "table_begin BIGINT, table_bytes BIGINT, table_footer BLOB, "
    "lineage_begin BIGINT, lineage_bytes BIGINT, lineage_footer BLOB"
)
"""What a load's database tells of the slices that are written."""

_WRITTEN = [column.split()[0] for column in WRITTEN.split(", ")]

PLACES = {"place": "DELTA_BINARY_PACKED"}
"""How the places of a lineage are encoded: each is mostly the next line."""


_MOST = 2 * SLICE
"""Rows that a slice may have."""


def goes_straight(plan: Planned, plans: Sequence[Planned]) -> bool:
    """Tell whether a rule's sound rows can be written as they come.

    They cannot where other rules fill the same table, where wrong units are told by all values, or
    where rows are made one by other than a whole number.
    """
    alone = sum(other.table.name == plan.table.name for other in plans) == 1
    numbered = bool(not plan.rule.one_per or number_key(plan))
    return alone and numbered and plan.rule.units is None and NTH not in plan.table


def number_key(plan: Planned) -> str:
    """Return the whole number by which rows are one; empty where that is something else."""
    fields = [plan.table[name] for name in key_of(plan.rule, plan.table)]
    return fields[0].name if len(fields) == 1 and fields[0].kind is Kind.INTEGER else ""


@dataclass(frozen=True, slots=True)
class Writers:
    """Who encodes slices, several at once, and who appends them to their files meanwhile."""

    encoding: ThreadPoolExecutor
    appending: ThreadPoolExecutor


@contextmanager
def writers(threads: int) -> Iterator[Writers]:
    """Yield writers, so many of whom encode; what they began is done when the block ends."""
    with (
        ThreadPoolExecutor(1, thread_name_prefix="appending") as appending,
        ThreadPoolExecutor(threads, thread_name_prefix="encoding") as encoding,
    ):
        yield Writers(encoding, appending)


@dataclass
class Straight:
    """A rule's table and its lineage on their way, row for row in the same order.

    Each slice has its number of rows, and the number of the file that they came from.
    """

    plan: Planned
    table: GrowingFile
    lineage: GrowingFile
    writers: Writers
    files: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    _few_valued: dict[str, bool] = field(default_factory=dict)
    _begun: tuple[int, list[int], Future[Sequence[tuple[Slice, Slice]]]] | None = None

    def look(self, database: WorkDatabase) -> pa.Table:
        """Return the rows that the chunk in hand becomes, and what is at fault with each."""
        return database.arrow(self._query())

    def knows_all(self, found: pa.Table) -> bool:
        """Tell whether nobody is without a pseudonym in the rows that the chunk becomes."""
        return not any(found[name].null_count for name in self.plan.persons)

    def take(self, database: WorkDatabase, found: pa.Table, file: int, origin: Origin) -> None:
        """Take what the chunk becomes: sound rows begin to be written, others are put by."""
        sound = found
        if found[FAULTS].null_count < len(found):
            sound = found.filter(pc.is_null(found[FAULTS]))
            self._put_by(database, found.filter(pc.is_valid(found[FAULTS])))
        if self.plan.rule.one_per and has_twins(
            sound[number_key(self.plan)].drop_null().to_numpy()
        ):
            self._put_by(database, sound)
        else:
            self._begin(sound, file, origin)

    def settle(self, database: WorkDatabase) -> None:
        """Wait until what was begun is on the disk, and tell the database of it."""
        if self._begun is None:
            return
        file, counts, lying = self._begun
        self._begun = None
        told = [
            (self.plan.number, file, count, *astuple(table), *astuple(lineage))
            for count, (table, lineage) in zip(counts, lying.result(), strict=True)
        ]
        if told:
            written = dict(zip(_WRITTEN, map(list, zip(*told, strict=True)), strict=True))
            database.add("written", pa.table(written), into=True)

    def put(
        self, tables: Iterable[Part], lineages: Iterable[Part], files: list[int], rows: list[int]
    ) -> Sequence[tuple[Slice, Slice]]:
        """Append encoded slices; return where each lies in both files."""
        self.files += files
        self.rows += rows
        return list(zip(self.table.append(tables), self.lineage.append(lineages), strict=True))

    def finish(self) -> None:
        """Make both files readable."""
        self.table.finish()
        self.lineage.finish()

    def declared(self, rows: pa.Table) -> pa.Table:
        """Return rows as the target declares them; fields that no rule gives are empty."""
        types = {f.name: ARROW_TYPES[f.kind] for f in self.plan.table.fields}
        given = set(rows.column_names)
        return pa.table(
            {n: rows[n] if n in given else _empty(t, len(rows)) for n, t in types.items()}
        )

    def _query(self) -> str:
        """Return the query over a chunk: what is written, and what is at fault with it."""
        fields = ", ".join(f'"{f.name}"' for f in self.plan.rule.fields)
        key = told_key(self.plan).sql("duckdb")
        told = f"{FILE}, {PLACE}, {ITEM}, {fields}, {FAULTS}, {key} AS {KEY}"
        return f"SELECT {told} FROM ({self.plan.query})"  # noqa: S608

    def _put_by(self, database: WorkDatabase, rows: pa.Table) -> None:
        """Put rows among the rule's candidates; mostly there are none, and no table for them."""
        name = self.plan.candidates
        database.add(name, rows.drop_columns(KEY), into=name in database.names())

    def _begin(self, rows: pa.Table, file: int, origin: Origin) -> None:
        size = max(1, -(-len(rows) // max(1, round(len(rows) / SLICE))))  # none much smaller
        slices = [rows.slice(at, size) for at in range(0, len(rows), size)]
        encode, counts = self.writers.encoding.map, list(map(len, slices))
        few = self._few_valued
        tables = encode(lambda part: encoded(self.declared(part), few_valued=few), slices)
        lineages = encode(lambda part: encoded(origin.lineage(part), PLACES), slices)

        def append() -> Sequence[tuple[Slice, Slice]]:
            return self.put(tables, lineages, [file] * len(slices), counts)

        self._begun = file, counts, self.writers.appending.submit(append)


def _empty(type_: pa.DataType, rows: int) -> pa.Array:
    """Return so many empty values: slices share theirs, as half of a target's fields may be so."""
    return _many_empty(type_).slice(0, rows) if rows <= _MOST else pa.nulls(rows, type_)


@lru_cache(len(ARROW_TYPES))
def _many_empty(type_: pa.DataType) -> pa.Array:
    return pa.nulls(_MOST, type_)


def straight_on(plan: Planned, folder: Path, database: WorkDatabase, writers: Writers) -> Straight:
    """Return what is written of a rule so far, cut back to what the database tells of."""
    told = database.rows(
        "SELECT * EXCLUDE (rule) FROM written WHERE rule = ? ORDER BY table_begin", plan.number
    )
    stem = folder / f"straight_{plan.number}"
    table = GrowingFile(stem.with_suffix(".table.parquet"), [Slice(*t[2:5]) for t in told])
    lineage = GrowingFile(stem.with_suffix(".lineage.parquet"), [Slice(*t[5:]) for t in told])
    return Straight(plan, table, lineage, writers, [t[0] for t in told], [t[1] for t in told])


def has_twins(numbers: npt.NDArray[np.int64]) -> bool:
    """Tell whether a number comes twice."""
    ordered = np.sort(numbers)
    return bool((ordered[1:] == ordered[:-1]).any())
