"""What a load that was interrupted had taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qundao.intake.load.work_database import WorkDatabase

READING, FINISHED = "reading", "finished"
"""What the work database tells of each chunk, and of each file that was read to its end."""


@dataclass(frozen=True, slots=True)
class Taken:
    """By a file's number, how many of its rows and defects; and the files that are done with."""

    rows: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    files: frozenset[int] = frozenset()


def taken_in(database: WorkDatabase) -> Taken:
    """Return what was taken in; nothing where a load had not got as far as to its tables."""
    if READING not in database.names():
        return Taken()
    told = database.rows(
        f"SELECT file, sum(rows)::BIGINT, sum(defects)::BIGINT FROM {READING} GROUP BY file"  # noqa: S608
    )
    done = database.column(f"SELECT file FROM {FINISHED}")  # noqa: S608
    return Taken({file: (rows, defects) for file, rows, defects in told}, frozenset(done))
