"""What is asked in a batch, and what comes back for each definition."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from qundao.kernel.errors import Problem
from qundao.query.attrition import RuleCount
from qundao.query.reading import Cohort

_ROWS = 65_536
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Named:
    """A definition under the id that its result will carry."""

    id: str
    definition: Cohort


@dataclass(frozen=True)
class Result:
    """The outcome of one definition: its rows, or the problems that kept it from any.

    `rows` has `subject_id, cohort_start_date, cohort_end_date`, ordered by all three, and is
    None where there are problems. `inclusion` has one entry per inclusion rule, in order.
    """

    id: str
    rows: pa.Table | None
    inclusion: tuple[RuleCount, ...] = ()
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if (self.rows is None) != bool(self.problems):
            raise ValueError(f"rows or problems are required, received {self.id!r} with both")

    @cached_property
    def subjects(self) -> int | None:
        """Return how many distinct subjects the rows have."""
        return None if self.rows is None else _runs(self.rows["subject_id"])

    @cached_property
    def sha(self) -> str | None:
        """Return the short digest of the rows."""
        return None if self.rows is None else digest_of_rows(self.rows)


def _runs(values: pa.ChunkedArray) -> int:
    """Return how many distinct values a sorted column has, in no more memory than itself."""
    if not len(values):
        return 0
    changes = pc.not_equal(values.slice(1), values.slice(0, len(values) - 1))
    return 1 + int(pc.sum(changes).as_py() or 0)


def digest_of_rows(rows: pa.Table) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of some rows, in their order.

    Each row is `subject_id,cohort_start_date,cohort_end_date` with ISO dates, an absent value
    nothing; rows are joined by a line feed. No row at all hashes to `e3b0c44298fc1c14`.
    """
    digest, before = hashlib.sha256(), b""
    for batch in rows.to_batches(max_chunksize=_ROWS):
        if batch.num_rows:
            digest.update(before + _lines(batch).encode("utf-8"))
            before = b"\n"
    return digest.hexdigest()[:_DIGITS]


def _lines(batch: pa.RecordBatch) -> str:
    columns = [c.cast(pa.string()) for c in batch.columns]
    rows = pc.binary_join_element_wise(*columns, ",", null_handling="replace")
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows), "\n")
    return str(joined[0].as_py())
