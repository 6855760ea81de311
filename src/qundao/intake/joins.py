"""Guesses joins: columns of one table whose values stand in a column of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from qundao.intake.profile_result import ColumnProfile, Join, TableProfile
from qundao.intake.sketch import containment
from qundao.intake.table_scan import TableScan

_LEAST_SHARE = 0.5
_LEAST_VALUES = 10
_NEVER = frozenset(
    (
        *("date", "datetime", "sex", "age", "unit", "number", "free_text"),
        *("person_name", "phone", "address", "email", "icd10", "operation_code"),
    )
)
_NAMES = frozenset(("patient_id", "visit_id", "identity_number", "record_id"))
_SAME = _NAMES | {"drug_code", "lab_item"}
_KEY_LIKE = 0.9

_MOST_ENDS, _GLANCE = 400, 512

Scanned = tuple[TableScan, TableProfile]


@dataclass(frozen=True, slots=True)
class End:
    """A column that may be one end of a join."""

    scan: TableScan
    table: TableProfile
    column: ColumnProfile


def guess_joins(scanned: Sequence[Scanned]) -> tuple[Join, ...]:
    """Return the likely joins between tables, those that match most first.

    Both ways are told, as their shares differ. Of very many columns the first 400 are compared,
    those that name patients, visits or records before the others.
    """
    ends = [End(*s, c) for s in scanned for c in s[1].columns if _may_join(c)]
    ends.sort(key=lambda e: not _names(e.column))
    pairs = permutations(ends[:_MOST_ENDS], 2)
    found = [j for one, other in pairs if (j := _joined(one, other)) is not None]
    return tuple(sorted(found, key=lambda j: (-j.values, j.table, j.column, j.other_table)))


def _joined(one: End, other: End) -> Join | None:
    if one.table is other.table or not _alike(one.column, other.column):
        return None
    inner, outer = one.scan.columns[one.column.name], other.scan.columns[other.column.name]
    glance = containment(inner.distinct, outer.distinct, _GLANCE)
    if glance.values < _LEAST_SHARE / 2:
        return None
    share = containment(inner.distinct, outer.distinct)
    if share.values < _LEAST_SHARE or share.looked_at < _LEAST_VALUES:
        return None
    ends = (one.table.name, one.column.name, other.table.name, other.column.name)
    return Join(*ends, share.values, share.rows, share.looked_at)


def _may_join(column: ColumnProfile) -> bool:
    if column.type not in ("text", "integer") or column.distinct < _LEAST_VALUES:
        return False
    return column.meaning is None or column.meaning.sort not in _NEVER


def _names(column: ColumnProfile) -> bool:
    return column.meaning is not None and column.meaning.sort in _NAMES


def _alike(column: ColumnProfile, target: ColumnProfile) -> bool:
    """Tell whether two columns may name the same things: both by what they mean, or by a key.

    Small whole numbers stand in one another by chance, so that a key alone joins only texts, and
    running numbers of records join nothing.
    """
    sorts = {c.meaning.sort if c.meaning else "" for c in (column, target)}
    text = "integer" not in (column.type, target.type)
    if len(sorts) == 1 and sorts & _SAME and (text or sorts != {"record_id"}):
        return True
    return target.once >= _KEY_LIKE and (text or bool(sorts & _NAMES))
