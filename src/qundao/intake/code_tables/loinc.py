"""Reads LOINC's distribution: Loinc.csv (LoincTable), by the columns of its header.

Codes are checked by their check digit (LOINC Users' Guide, appendix C: Mod 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from qundao.intake.code_tables.table import CodeRow, CodeTable, Progress, made, silent
from qundao.intake.source import PLACE, Defect, Reader, SourceTable

REQUIRED = frozenset({"LOINC_NUM", "COMPONENT", "PROPERTY", "SYSTEM", "CLASS", "STATUS"})
"""Columns by which Loinc.csv is recognised."""

_NAMES = ("LONG_COMMON_NAME", "DisplayName", "SHORTNAME", "COMPONENT")
_KEPT = {
    "COMPONENT": "component",
    "PROPERTY": "property",
    "TIME_ASPCT": "time",
    "SYSTEM": "system",
    "SCALE_TYP": "scale",
    "METHOD_TYP": "method",
    "CLASS": "class",
    "EXAMPLE_UCUM_UNITS": "ucum",
    "STATUS": "status",
    "COMMON_TEST_RANK": "rank",
}
_RETIRED = frozenset({"DEPRECATED", "DISCOURAGED"})
_CLASS_TYPES = {
    "1": "Lab Test",
    "2": "Clinical Observation",
    "3": "Claims Attachment",
    "4": "Survey",
}
_VERSIONS = ("VersionLastChanged", "VersionFirstReleased")
_IN_NAME = re.compile(r"(\d\.\d{2})")


def is_loinc(table: SourceTable) -> bool:
    """Tell whether a table's header is Loinc.csv's."""
    return {c.name for c in table.columns} >= REQUIRED


def read_loinc(
    reader: Reader, table: SourceTable, path: Path, progress: Progress = silent
) -> CodeTable:
    """Return the table of LOINC codes."""
    defects: list[Defect] = []
    newest = ""
    rows = []
    for row in _cells(reader, table, defects, progress):
        newest = max([newest, *(row.get(v, "") for v in _VERSIONS)], key=_ordered)
        rows.append(_row(row))
    named = _IN_NAME.search(" ".join(path.parts[-3:]))
    return made(
        "LOINC",
        rows,
        version=named[1] if named else newest,
        source=path,
        part=table.name,
        defects=defects,
        sound=has_check_digit,
    )


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _cells(
    reader: Reader, table: SourceTable, defects: list[Defect], progress: Progress
) -> Iterator[dict[str, str]]:
    names = [c.name for c in table.columns]
    rows = 0
    for batch in reader.batches(table.name, defects.append):
        rows += batch.num_rows
        progress(table.name, rows, table.rows)
        for row in batch.to_pylist():
            yield {n: (row[n] or "").strip() for n in names} | {PLACE: str(row[PLACE])}


def _row(row: Mapping[str, str]) -> CodeRow:
    name = next((row[n] for n in _NAMES if row.get(n)), "")
    extra = {key: row[column] for column, key in _KEPT.items() if row.get(column)}
    return CodeRow(
        row["LOINC_NUM"],
        name,
        int(row[PLACE]),
        row["CLASS"] or None,
        extra=extra,
        class_id=_CLASS_TYPES.get(row.get("CLASSTYPE", ""), "Lab Test"),
        invalid_reason="D" if row["STATUS"] in _RETIRED else None,
    )


def has_check_digit(code: str) -> bool:
    """Tell whether a code's last digit is the Mod 10 check digit of those before the hyphen."""
    digits, hyphen, last = code.partition("-")
    if not (hyphen and digits.isdecimal() and last.isdecimal() and len(last) == 1):
        return False
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if i % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(last)
