"""What a profile finds wrong, as findings on the scale of every other table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qundao.quality.check import Check
from qundao.quality.counts import Counts
from qundao.quality.execute import judge
from qundao.quality.finding import Finding
from qundao.quality.kinds import KINDS

THRESHOLDS: Mapping[str, float] = {
    "profileMissing": 20,
    "profileDisguised": 1,
    "profileType": 0,
    "profileOutliers": 1,
    "profileUniqueKey": 0,
    "profileDuplicateRows": 0,
    "profileHeaderRows": 0,
    "profileRaggedLines": 0,
    "profilePersonalData": 0,
    "profileDrift": 10,
    "profileMissingDrift": 5,
    "profileRowDrift": 50,
}
"""The share of rows that each kind tolerates, percent; a site's file may set others."""


def findings(profile: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return every finding of a profile (as JSON, before its score is made)."""
    table, rows = profile["table"], profile["rows"]
    file = profile["source"].get("file") or {}
    lines = file.get("lines", 0)
    found = [
        _finding("profileDuplicateRows", table, None, profile["duplicate_rows"], rows),
        _finding("profileHeaderRows", table, None, profile["header_rows"], rows),
    ]
    if file:
        found.append(_finding("profileRaggedLines", table, None, file["ragged_lines"], lines))
    if profile.get("drift"):
        before = profile["drift"]["rows_before"]
        moved = min(abs(rows - before), max(rows, before))
        found.append(_finding("profileRowDrift", table, None, moved, max(rows, before)))
    found += [f for column in profile["columns"] for f in _of_column(table, rows, column)]
    return tuple(found)


def _of_column(table: str, rows: int, column: Mapping[str, Any]) -> Iterator[Finding]:
    name, told = column["name"], column["told"]
    hidden = column["disguised"] + column["sentinels"]
    yield _finding("profileMissing", table, name, column["missing"], rows)
    yield _finding("profileDisguised", table, name, hidden, rows)
    yield _finding("profilePersonalData", table, name, column["personal_rows"], rows)
    if column["type"] not in ("text", "code", "empty"):
        yield _finding("profileType", table, name, column["violations"], told)
    if column["key"]:
        yield _finding("profileUniqueKey", table, name, told - column["distinct_told"], told)
    numbers = column.get("numbers")
    if numbers:
        counted = sum(numbers["bins"]["counts"])
        yield _finding("profileOutliers", table, name, numbers["outliers"], counted)
    moved = column.get("drift")
    if moved:
        yield _finding("profileDrift", table, name, _rows_of(moved["moved_pct"], rows), rows)
        more = _rows_of(abs(moved["missing_change_pct"]), rows)
        yield _finding("profileMissingDrift", table, name, more, rows)


def _finding(kind: str, table: str, field: str | None, violated: int, counted: int) -> Finding:
    level = KINDS[kind].level
    check = Check(kind, level, table, field, "", THRESHOLDS[kind], source="profile")
    violated = max(0, min(violated, counted))
    return judge(check, Counts(violated, counted, counted, filled=True))


def _rows_of(percent: float, rows: int) -> int:
    return min(rows, round(percent * rows / 100))
