"""Reads the tables that come as a sheet or a CSV file, by the columns of their header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qundao.intake.code_tables.layouts import FROM_COLUMNS, LAYOUTS, TO_COLUMNS, Layout
from qundao.intake.code_tables.table import CodeRow, CodeTable, Progress, made, silent
from qundao.intake.date_forms import form_of
from qundao.intake.source import PLACE, Defect, Reader, SourceTable

_MARK = re.compile(r"[+†*]")
_VERSION = re.compile(r"[vV]?(\d{1,2}\.\d{1,2}(?:\.\d+)?)版?|((?:19|20)\d{2})\s*(?:年?版)")


@dataclass(frozen=True, slots=True)
class Fit:
    """A layout that fits a sheet, and the column of each role."""

    layout: Layout
    columns: Mapping[str, str]
    extra: Mapping[str, str]


def fit(table: SourceTable, file: str) -> Fit | None:
    """Return the layout that a table's header fits, None where none does."""
    header = {_plain(c.name): c.name for c in table.columns}
    fitting = [f for layout in LAYOUTS if (f := _fit(layout, header)) is not None]
    named = f"{file} {table.name}"
    told = [f for f in fitting if _is_told(f.layout, header, named)]
    plain = [f for f in fitting if f.layout.telling is None]
    return next(iter([*told, *plain]), None)


def _is_told(layout: Layout, header: Mapping[str, str], named: str) -> bool:
    if layout.telling is None:
        return False
    columns = {_plain(c) for c in layout.telling_columns}
    return bool(layout.telling.search(named) or columns & header.keys())


def _fit(layout: Layout, header: Mapping[str, str]) -> Fit | None:
    roles = {
        "code": layout.code,
        "name": layout.name,
        "parent": layout.parent,
        "valid_from": FROM_COLUMNS,
        "valid_to": TO_COLUMNS,
    }
    columns = {
        role: header[_plain(names[0])]
        for role, every in roles.items()
        if (names := [n for n in every if _plain(n) in header])
    }
    if not {"code", "name"} <= columns.keys():
        return None
    extra = {header[_plain(n)]: key for n, key in layout.extra.items() if _plain(n) in header}
    return Fit(layout, columns, extra)


def _plain(name: str) -> str:
    """Return a header's text without blanks, whatever its width and case."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_sheet(
    reader: Reader, table: SourceTable, fitting: Fit, path: Path, progress: Progress = silent
) -> CodeTable:
    """Return the table of codes that a sheet holds."""
    defects: list[Defect] = []
    return made(
        fitting.layout.vocabulary,
        list(_rows(reader, table, fitting, defects, progress)),
        version=version_in(table.name) or version_in(path.stem),
        source=path,
        part=table.name,
        defects=defects,
    )


def _rows(
    reader: Reader,
    table: SourceTable,
    fitting: Fit,
    defects: list[Defect],
    progress: Progress,
) -> Iterator[CodeRow]:
    rows = 0
    for batch in reader.batches(table.name, defects.append):
        rows += batch.num_rows
        progress(table.name, rows, table.rows)
        for row in batch.to_pylist():
            if any(v not in (None, "") for name, v in row.items() if name != PLACE):
                yield _row(row, fitting)


def _row(row: Mapping[str, object], fitting: Fit) -> CodeRow:
    told = {role: _cell(row[column]) for role, column in fitting.columns.items()}
    extra = {key: text for column, key in fitting.extra.items() if (text := _cell(row[column]))}
    code = "".join(unicodedata.normalize("NFKC", told["code"]).split())
    place = row[PLACE]
    return CodeRow(
        code,
        told["name"],
        place if isinstance(place, int) else 0,
        told.get("parent") or parent_of(fitting.layout.vocabulary, code),
        _day(told.get("valid_from", "")),
        _day(told.get("valid_to", "")),
        extra | _drug_class(fitting.layout.vocabulary, code),
        class_of(fitting.layout.vocabulary, code),
    )


def _cell(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _day(text: str) -> date | None:
    return form_of(text)[1] if text else None


def _drug_class(vocabulary: str, code: str) -> dict[str, str]:
    """Return the class in a code of 医保药品: behind X that of ATC, behind Z that of 中成药."""
    return {"class": code[1:6]} if vocabulary == "NHSADrug" and len(code) > 6 else {}


_LEVELS = {
    "ICD10CN": (3, 5, 7),
    "ICD10NHSA": (3, 5, 7),
    "ICD9ProcCN": (2, 4, 5, 7),
    "ICD9ProcNHSA": (2, 4, 5, 7),
    "ATC": (1, 3, 4, 5, 7),
    "NHSADrug": (6,),
}
"""Characters of a code at each level of its vocabulary, from the top."""

_CLASSES = {
    "ATC": {1: "ATC 1st", 3: "ATC 2nd", 4: "ATC 3rd", 5: "ATC 4th", 7: "ATC 5th"},
    "ICD10CN": {3: "ICD10 category", 5: "ICD10 subcategory"},
    "ICD10NHSA": {3: "ICD10 category", 5: "ICD10 subcategory"},
}
_OTHERWISE = {
    "ICD10CN": "ICD10 code",
    "ICD10NHSA": "ICD10 code",
    "ICD9ProcCN": "ICD9Proc code",
    "ICD9ProcNHSA": "ICD9Proc code",
    "NHSADrug": "Drug product",
}


def parent_of(vocabulary: str, code: str) -> str | None:
    """Return the code of the level above, by the number of characters; None at the top.

    The mark of a double code (+, †, *), and what stands behind it, is left aside.
    """
    plain = _MARK.split(code)[0]
    above = [n for n in _LEVELS[vocabulary] if n < len(plain)]
    return plain[: above[-1]].rstrip("xX.") if above else None


def class_of(vocabulary: str, code: str) -> str | None:
    """Return the level of a code, as OMOP's concept_class_id names it."""
    return _CLASSES.get(vocabulary, {}).get(len(code)) or _OTHERWISE.get(vocabulary)


def version_in(text: str) -> str:
    """Return the version that a file's or a sheet's name tells, empty where it tells none."""
    found = _VERSION.search(text)
    return (found[1] or found[2]) if found else ""
