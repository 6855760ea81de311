"""Writes the synthetic hospital's own lists of codes, each with the OMOP standard concept it means.

Concept ids are facts of the OMOP standardized vocabularies (SNOMED CT, RxNorm, LOINC); 0 where a
code of ours has no certain counterpart. No vocabulary is copied: these are our few dozen codes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from qundao.intake.synthetic.items import DIAGNOSES, DRUGS, LAB_ITEMS, OPERATION_CODES

FOLDER = "codes"
CONCEPTS: Mapping[str, int] = MappingProxyType(
    {
        "I10.x00": 320128,
        "E11.900": 201826,
        "E11.200": 443731,
        "I25.103": 317576,
        "I20.000": 315296,
        "I21.900": 312327,
        "I48.x00": 313217,
        "I50.900": 316139,
        "I63.900": 443454,
        "I61.900": 376713,
        "J18.900": 255848,
        "J44.900": 255573,
        "J45.900": 317009,
        "J06.900": 257011,
        "N18.900": 46271022,
        "E78.500": 432867,
        "D64.900": 439777,
        "K76.000": 4059290,
        "YP0001": 1332418,
        "YP0002": 1503297,
        "YP0003": 1112807,
        "YP0004": 1545958,
        "YP0005": 1778162,
        "YP0006": 19049105,
        "YP0007": 1502905,
        "YP0008": 939259,
        "YP0009": 923645,
        "JY001": 3020491,
        "JY002": 3019900,
        "JY003": 3025839,
        "JY004": 3020564,
        "JY005": 3023103,
        "JY006": 3006923,
        "JY007": 3000963,
        "JY008": 3000905,
        "JY009": 3024929,
        "JY010": 3004410,
        "JY011": 3021337,
    }
)
"""The concept of each code that has a certain one."""

_LISTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "icd10": DIAGNOSES,
        "operations": OPERATION_CODES,
        "drugs": tuple((d.code, d.name) for d in DRUGS),
        "lab_items": tuple((i.code, i.name) for i in LAB_ITEMS),
    }
)


def write_code_lists(folder: Path) -> None:
    """Write `codes/*.csv` (UTF-8; code, name, concept) below `folder`."""
    below = folder / FOLDER
    below.mkdir(parents=True, exist_ok=True)
    for name, listed in _LISTS.items():
        _write(below / f"{name}.csv", ((c, n, CONCEPTS.get(c, 0)) for c, n in listed))


def _write(path: Path, rows: Iterable[tuple[str, str, int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "concept"))
        writer.writerows(rows)
