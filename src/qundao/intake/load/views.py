"""Views of databases as sources: read anew in each load, in an order, and kept no longer than it.

An address is taken from the environment when it is needed and written down nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake import codes
from qundao.intake.load.staging import Progress, Staged, digest_of, write
from qundao.intake.mapping.document import SourceRule, ViewRule
from qundao.intake.readers.addresses import address_of
from qundao.intake.readers.sql import called, open_database
from qundao.intake.source import Reader, Report, SourceTable
from qundao.kernel.errors import Problem, QundaoError, fail, problem


@dataclass(frozen=True, slots=True)
class View:
    """A view that can be read, and what it is called: `view@host/database`."""

    name: str
    reader: Reader


def open_views(rules: Iterable[SourceRule]) -> tuple[dict[str, View], list[Problem]]:
    """Open the views of those sources that are views; return them, and why others cannot be."""
    found: dict[str, View] = {}
    problems: list[Problem] = []
    for rule in rules:
        if rule.view is not None:
            try:
                found[rule.name] = _opened(rule.view)
            except QundaoError as error:
                problems += [_of_source(p, rule) for p in error.problems]
    return found, problems


def stage_view(rule: SourceRule, view: View, folder: Path, progress: Progress) -> Staged:
    """Write a view's rows into `folder`, under the source's name. Raises `intake.*`."""
    (table,) = view.reader.tables()
    try:
        staged = write(view.name, table, folder / rule.name, view.reader, progress)
    except QundaoError as error:
        raise QundaoError(*(_of_source(p, rule) for p in error.problems)) from None
    return replace(staged, source=rule.name, digest=digest_of(Path(staged.data)))


def _opened(view: ViewRule) -> View:
    address = address_of(view.database)
    options = {"unordered": "yes"} if view.unordered else {}
    reader: Reader = open_database(address, {view.name: view.keys}, options)
    (table,) = reader.tables()
    with_zone = [c.name for c in table.columns if _has_zone(c.type)]
    if with_zone and not view.zone:
        raise fail(codes.ZONE_NEEDED, ", ".join(with_zone), "source", view=view.name)
    return View(called(view.name, address), _ByTheClock(reader, view.zone) if with_zone else reader)


def _of_source(found: Problem, rule: SourceRule) -> Problem:
    return problem(found.code, found.received, f"sources.{rule.name}", **dict(found.facts))


def _has_zone(type_: pa.DataType) -> bool:
    return pa.types.is_timestamp(type_) and type_.tz is not None


class _ByTheClock:
    """A reader whose moments are what a clock in a zone showed: a hospital's day begins there."""

    def __init__(self, reader: Reader, zone: str) -> None:
        self._reader, self._zone = reader, zone

    def tables(self) -> Sequence[SourceTable]:
        """Return the tables, their moments without a zone."""
        return tuple(
            replace(t, columns=tuple(replace(c, type=_bare(c.type)) for c in t.columns))
            for t in self._reader.tables()
        )

    def batches(self, table: str, report: Report, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows as the reader does."""
        (declared,) = (t for t in self.tables() if t.name == table)
        for batch in self._reader.batches(table, report, rows):
            columns = [self._local(column) for column in batch.columns]
            yield pa.record_batch(columns, declared.schema())

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _local(self, column: pa.Array) -> pa.Array:
        if not _has_zone(column.type):
            return column
        return pc.local_timestamp(column.cast(pa.timestamp("us", self._zone)))


def _bare(type_: pa.DataType) -> pa.DataType:
    return pa.timestamp("us") if _has_zone(type_) else type_
