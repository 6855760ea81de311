"""Reads one table once and profiles it: columns, repeated rows, keys of one column or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa

from qundao.intake.column_profile import finish
from qundao.intake.column_scan import ColumnScan
from qundao.intake.meaning import likely
from qundao.intake.profile_result import ColumnProfile, Key, TableProfile
from qundao.intake.sketch import Distinct, Hashes, mixed
from qundao.intake.source import REASON_SUFFIX, Defect, Reader, SourceTable

Progress = Callable[[str, int, int | None], None]
"""Told the table, the rows read so far, and all its rows where they are known."""

_UNIQUE = 0.98
_FILLED = 0.9
_KEYS = frozenset(
    ("visit_id", "record_id", "patient_id", "lab_item", "drug_code", "identity_number", "code")
)
_PARTS, _MOST_KEYS = 8, 5
_COUNTED = ("次数", "序号", "行号", "seq", "line")


class TableScan:
    """One pass over a table. `columns` holds the scans, for joins."""

    def __init__(self, source: str, table: SourceTable) -> None:
        self.source, self.table = source, table
        self.columns = {c.name: ColumnScan(c.name) for c in table.columns}
        self._rows, self._whole = 0, Distinct()
        self._pairs: dict[tuple[str, str], Distinct] | None = None
        self._defects: Counter[str] = Counter()

    def read(self, reader: Reader, progress: Progress | None = None) -> TableProfile:
        """Read the table to its end and return its profile. Raises `intake.*`."""
        for batch in reader.batches(self.table.name, self._defect):
            self._add(batch)
            if progress:
                progress(f"{self.source} {self.table.name}", self._rows, self.table.rows)
        return self._finish()

    def _defect(self, defect: Defect) -> None:
        self._defects[defect.reason] += 1

    def _add(self, batch: pa.RecordBatch) -> None:
        self._rows += batch.num_rows
        hashes: dict[str, Hashes] = {}
        for column in self.table.columns:
            scan = self.columns[column.name]
            hashes[column.name] = scan.add(batch.column(column.name))
            if column.reasons:
                scan.add_reasons(batch.column(f"{column.name}{REASON_SUFFIX}"))
        ones = np.ones(batch.num_rows, np.int64)
        if hashes:
            self._whole.add(together(list(hashes.values())), ones)
        if self._pairs is None:
            self._pairs = {pair: Distinct() for pair in _candidates(self.columns)}
        for pair, distinct in self._pairs.items():
            distinct.add(together([hashes[name] for name in pair]), ones)

    def _finish(self) -> TableProfile:
        columns = tuple(finish(self.columns[c.name], c) for c in self.table.columns)
        return TableProfile(
            source=self.source,
            table=self.table.name,
            label=self.table.label,
            rows=self._rows,
            duplicate_rows=round(self._whole.repeated() * self._rows),
            defects=dict(self._defects),
            columns=columns,
            keys=_keys(columns, self._pairs or {}),
        )


def together(hashes: Sequence[Hashes]) -> Hashes:
    """Return a hash of each row over several columns, in their order."""
    rows = hashes[0]
    with np.errstate(over="ignore"):
        for more in hashes[1:]:
            rows = mixed(rows * np.uint64(31) + more)
    return rows


def _candidates(scans: Mapping[str, ColumnScan]) -> list[tuple[str, str]]:
    """Return the pairs of columns that might be a key, judged on the first rows."""
    if any(_is_key(scan.distinct, scan.told, scan.rows) for scan in scans.values()):
        return []
    parts = [name for name, scan in scans.items() if _part_of_a_key(name, scan)]
    return list(combinations(parts[:_PARTS], 2))


def _part_of_a_key(name: str, scan: ColumnScan) -> bool:
    if scan.distinct.estimate() < 2 or scan.told < _FILLED * scan.rows:
        return False
    meanings = likely(name, scan.sample.values())
    named = any(word in name.lower() for word in _COUNTED)
    return named or bool(meanings and meanings[0].sort in _KEYS)


def _is_key(distinct: Distinct, told: int, rows: int) -> bool:
    return told > 1 and told >= _FILLED * rows and distinct.once() >= _UNIQUE


def _keys(
    columns: Sequence[ColumnProfile], pairs: Mapping[tuple[str, str], Distinct]
) -> tuple[Key, ...]:
    single = [
        Key((c.name,), c.once)
        for c in columns
        if c.told > 1
        and c.fill >= _FILLED
        and c.once >= _UNIQUE
        and c.type in ("text", "integer")
        and not (c.meaning and c.meaning.sort in ("number", "free_text", "person_name"))
    ]
    double = [Key(p, d.once()) for p, d in pairs.items() if d.once() >= _UNIQUE]
    return tuple(sorted(single or double, key=lambda k: -k.once)[:_MOST_KEYS])
