"""The files of `qundao cohort run`: cohort.parquet, row by row, and summary.json.

Both are drafts until the whole run is done; then they take their places. A run that is cancelled
or fails leaves what was there before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.drafts import draft_of, remove_left_drafts
from qundao.cli.environment import language
from qundao.kernel.errors import fail

SCHEMA = "qundao.cohort/1"
ROWS, SUMMARY = "cohort.parquet", "summary.json"
_REPEATED = ["definition_id", "cohort_start_date", "cohort_end_date"]
_TOGETHER = 131_072
_SECONDS_DIGITS = 4


class CohortFiles:
    """Takes results one by one, in the order of their ids, and keeps no more than some rows."""

    def __init__(self, writer: pq.ParquetWriter, folder: Path) -> None:
        self._writer, self._folder = writer, folder
        self._waiting: list[pa.Table] = []
        self.entries: list[dict[str, Any]] = []

    def add(self, result: Any) -> None:
        """Take one definition's result."""
        self.entries.append(entry(result))
        if result.rows is not None and result.rows.num_rows:
            self._waiting.append(_rows(result, self._writer.schema))
        if sum(t.num_rows for t in self._waiting) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait; few definitions' rows share a row group."""
        if self._waiting:
            with _writing(self._folder):
                self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=_TOGETHER)
            self._waiting = []

    @property
    def summary(self) -> dict[str, Any]:
        """Return summary.json."""
        return {
            "schema": SCHEMA,
            "definitions": sorted(self.entries, key=lambda e: str(e["definition_id"])),
        }


@contextmanager
def cohort_files(
    folder: Path, subject: pa.DataType, also: Path | None = None
) -> Iterator[CohortFiles]:
    """Yield what takes the results; at the end the files take their places.

    subject: the type of `subject_id`. also: another file for the summary. Raises
    `cli.cannot_write`, at the start where that can be told.
    """
    places = _places(folder, also)
    drafts = [draft_of(p) for p in places]
    try:
        with _writing(folder):
            writer = pq.ParquetWriter(drafts[0], _schema(subject), use_dictionary=_REPEATED)
        with writer:
            files = CohortFiles(writer, folder)
            yield files
            files.flush()
        _settle(files.summary, drafts, places)
    finally:
        for draft in drafts:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _places(folder: Path, also: Path | None) -> list[Path]:
    """Return where the files go, the rows first. Refuses what could not be written."""
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    places = [folder / ROWS, folder / SUMMARY, *([also] if also else [])]
    for place in places:
        if place.is_dir() or not place.absolute().parent.is_dir():
            raise fail(CANNOT_WRITE, str(place), "--out")
        remove_left_drafts(place)
    return places


def _settle(summary: dict[str, Any], drafts: list[Path], places: list[Path]) -> None:
    """Write the summary and move every draft to its place, the rows first."""
    text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
    with _writing(places[0].parent):
        for draft in drafts[1:]:
            draft.write_text(text, encoding="utf-8")
        for draft, place in zip(drafts, places, strict=True):
            draft.replace(place)


def entry(result: Any) -> dict[str, Any]:
    """Return what the summary says of one definition; counts are null where it failed."""
    failed = bool(result.problems)
    return {
        "definition_id": result.id,
        "rows": None if failed else result.rows.num_rows,
        "subjects": result.subjects,
        "sha": result.sha,
        "inclusion": None if failed else [r.to_json() for r in result.inclusion],
        "seconds": round(result.seconds, _SECONDS_DIGITS),
        "error": _error(result.problems[0]) if failed else None,
    }


def _error(found: Any) -> dict[str, str]:
    text = found.text(language())
    return {
        "code": text["code"],
        "path": text["where"],
        "required": text["required"],
        "received": text["received"],
    }


def _schema(subject: pa.DataType) -> pa.Schema:
    return pa.schema(
        [
            ("definition_id", pa.string()),
            ("subject_id", subject),
            ("cohort_start_date", pa.date32()),
            ("cohort_end_date", pa.date32()),
        ]
    )


def _rows(result: Any, schema: pa.Schema) -> pa.Table:
    ids = pa.repeat(pa.scalar(result.id, pa.string()), result.rows.num_rows)
    return result.rows.add_column(0, "definition_id", ids).cast(schema)


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{place}: {error.strerror or error}", "--out") from error


def subject_type(definitions: Sequence[Any]) -> pa.DataType:
    """Return the type of `subject_id`: numbers of OMOP, text as soon as one asks CDISC."""
    adam = any(type(d).__name__ == "AdamPopulation" for d in definitions)
    return pa.string() if adam else pa.int64()
