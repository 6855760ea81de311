"""Makes the pseudonyms of many people at once, in the work database.

There it is no slower than in Python and leaves Python's lock alone, while files go on being read.
The pseudonyms are those of `Identity`, which is asked for all identifiers but plain ones.
"""

from __future__ import annotations

import pyarrow as pa

from qundao.intake.load.identity import Identity
from qundao.intake.load.layout import PSEUDONYMS
from qundao.intake.load.work_database import WorkDatabase

_BATCH = 262_144
_PLAIN = "regexp_full_match(identifier, '[!-~]([ -~]*[!-~])?')"
"""Printable ASCII without blanks around it is what it is but for its case."""

_HASHED = "sha256(?::BLOB || unhex(sha256(?::BLOB || encode(upper(identifier)))))"
_NUMBER = f"greatest((('0x' || left({_HASHED}, 16))::UBIGINT >> 1)::BIGINT, 1)"
"""HMAC (RFC 2104), of which the first 63 bits are taken."""


def make_pseudonyms(database: WorkDatabase, identity: Identity, identifiers: str) -> None:
    """Put the pseudonym of each identifier that a relation (SQL) has, and that has none yet.

    The key goes to the database as a parameter of the statement, and is written nowhere.
    """
    new = (
        f"SELECT DISTINCT identifier FROM ({identifiers}) "  # noqa: S608
        f"ANTI JOIN {PSEUDONYMS} USING (identifier) WHERE identifier IS NOT NULL"
    )
    if not identity.has_aliases:
        made = f"SELECT identifier, {_NUMBER} FROM ({new}) WHERE {_PLAIN}"  # noqa: S608
        database.rows(f"INSERT INTO {PSEUDONYMS} {made}", *reversed(identity.hmac_blocks))
    for batch in database.arrow(new).to_batches(_BATCH):
        numbers = identity.persons(batch["identifier"].to_pylist())
        rows = {"identifier": batch["identifier"], "pseudonym": pa.array(numbers, pa.int64())}
        database.add(PSEUDONYMS, pa.table(rows), into=True)
