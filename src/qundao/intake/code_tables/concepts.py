"""Tables of codes as OMOP's CONCEPT rows, for suggestions, and as code and name, for a mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.code_tables.table import CodeTable

CONCEPT_SCHEMA = pa.schema(
    [
        pa.field("concept_id", pa.int64(), nullable=False),
        pa.field("concept_name", pa.string()),
        pa.field("domain_id", pa.string()),
        pa.field("vocabulary_id", pa.string()),
        pa.field("concept_class_id", pa.string()),
        pa.field("standard_concept", pa.string()),
        pa.field("concept_code", pa.string()),
        pa.field("valid_start_date", pa.date32()),
        pa.field("valid_end_date", pa.date32()),
        pa.field("invalid_reason", pa.string()),
    ]
)
"""The columns of OMOP's CONCEPT."""

LOCAL = 2_000_000_000
"""The first id that OMOP leaves to sites. Codes of a site's own tables get ids from here on."""

Gives = Literal["name", "code", "concept"]
_GIVEN = {"name": "concept_name", "code": "concept_code", "concept": "concept_id"}

_ROOM = 2**31 - 1 - LOCAL


def as_concepts(table: CodeTable) -> pa.Table:
    """Return a table as CONCEPT rows (`CONCEPT_SCHEMA`).

    Athena's keep their ids. The others get an id above 2,000,000,000 that follows from vocabulary
    and code alone (where two meet, the later code takes the next free one), are marked standard as
    OMOP marks their vocabulary, and are no OMOP concepts: a mapping to OMOP needs Athena's.
    """
    if table.concepts is not None:
        return _of_athena(table.concepts, table.rows)
    rows, n = table.rows, table.rows.num_rows
    ids = list(_ids(table.vocabulary.id, rows["code"].to_pylist()))
    standard = pa.array([table.vocabulary.standard] * n, pa.string())
    live = pc.is_null(rows["invalid_reason"])
    columns: list[Any] = [
        pa.array(ids, pa.int64()),
        rows["name"],
        pa.array([table.vocabulary.domain] * n, pa.string()),
        rows["vocabulary_id"],
        rows["class_id"],
        pc.if_else(live, standard, pa.scalar(None, pa.string())),
        rows["code"],
        rows["valid_from"],
        rows["valid_to"],
        rows["invalid_reason"],
    ]
    return pa.table(columns, schema=CONCEPT_SCHEMA)


def _of_athena(held: pa.Table, rows: pa.Table) -> pa.Table:
    standard = pc.if_else(pc.equal(held["standard_concept"], ""), None, held["standard_concept"])
    columns = [
        held["concept_id"].cast(pa.int64()),
        held["concept_name"],
        held["domain_id"],
        held["vocabulary_id"],
        held["concept_class_id"],
        standard,
        held["concept_code"],
        rows["valid_from"],
        rows["valid_to"],
        rows["invalid_reason"],
    ]
    return pa.table(columns, schema=CONCEPT_SCHEMA)


def _ids(vocabulary: str, codes: list[str]) -> Iterator[int]:
    """Yield an id for each code, the same in whatever order the codes come."""
    taken: dict[int, str] = {}
    given: dict[str, int] = {}
    for code in sorted(codes):
        digest = hashlib.sha256(f"{vocabulary}\x1f{code}".encode()).digest()
        number = int.from_bytes(digest[:8], "big") % _ROOM
        while number in taken:
            number = (number + 1) % _ROOM
        taken[number] = code
        given[code] = LOCAL + number
    return (given[code] for code in codes)


def as_codes(
    table: CodeTable, *, gives: Gives = "name", vocabulary: str = ""
) -> Mapping[str, int | str]:
    """Return what a mapping's list of codes is filled with: for each code its name, the code itself
    (so that any other code is a defect of its row), or its concept id.

    vocabulary: of a table with several (Athena's), the one that is meant; where it is not told, the
    first concept of a code counts.
    """
    concepts = as_concepts(table)
    if vocabulary:
        concepts = concepts.filter(pc.equal(concepts["vocabulary_id"], vocabulary))
    values, codes = (concepts[c].to_pylist() for c in (_GIVEN[gives], "concept_code"))
    return dict(zip(reversed(codes), reversed(values), strict=True))
