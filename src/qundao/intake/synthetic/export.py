"""Writes all exports of a synthetic hospital in one pass over its patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

from qundao.intake.synthetic.code_lists import write_code_lists
from qundao.intake.synthetic.columns import COLUMNS
from qundao.intake.synthetic.delimited_files import DelimitedFile
from qundao.intake.synthetic.dirt import Dirt
from qundao.intake.synthetic.kinds import TEXT_ONLY, TOTALS
from qundao.intake.synthetic.planted import Export, Planted
from qundao.intake.synthetic.row import Row
from qundao.intake.synthetic.story import rows_of
from qundao.intake.synthetic.workbook import Workbook

FORMATS = ("gb18030", "utf8", "excel")
"""Chinese Windows systems' CSV, the CSV of newer ones, a workbook."""

WORKBOOK = "合成数据.xlsx"
LIST = "planted.json"
DEFAULT_EVERY = 20

_TEXT = {"gb18030": ("gb18030", "\r\n"), "utf8": ("utf-8-sig", "\n")}

Sink = Callable[[Row], None]


def write_exports(
    folder: Path,
    *,
    patients: int,
    seed: int = 1,
    formats: Collection[str] = FORMATS,
    every: int = DEFAULT_EVERY,
) -> Export:
    """Write the exports below `folder` and return what was written and planted.

    `folder`/gb18030 and /utf8 get one CSV per table, `folder`/excel one workbook, each with the
    hospital's lists of codes below `codes`; `every` so many rows of a table carries a defect (0:
    none, and no line of totals either). The same arguments write the same cells. Memory grows with
    the defects alone. Raises ValueError for bad numbers.
    """
    unknown = set(formats) - set(FORMATS)
    if patients < 1 or every < 0 or unknown:
        received = f"{patients} patients, every {every}, {sorted(unknown)}"
        raise ValueError(f"1 patient or more, every 0 or more, {FORMATS}; received {received}")
    book = _Book()
    with ExitStack() as open_files:
        sinks = [s for f in formats for s in _sinks(folder / f, f, book, open_files)]
        for row in _rows(patients, seed, every):
            for sink in sinks:
                sink(row)
    return Export(patients, seed, dict(book.rows), tuple(book.planted))


def _rows(patients: int, seed: int, every: int) -> Iterator[Row]:
    dirt = {table: Dirt(table, every, seed) for table in COLUMNS}
    written: Counter[str] = Counter()
    for number in range(1, patients + 1):
        for clean in rows_of(number, seed):
            for row in dirt[clean.table].rows(clean):
                written[row.table] += 1
                yield row
    for table, own in dirt.items():
        for row in own.rest():
            written[table] += 1
            yield row
        if every:
            yield _totals(table, written[table])


def _totals(table: str, rows: int) -> Row:
    first, second, *rest = COLUMNS[table]
    cells = {first: "合计", second: f"{rows}条", **dict.fromkeys(rest, "")}
    return Row(table, cells, TOTALS, value="合计")


class _Book:
    """Counts the rows of each file and lists its defects."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str]] = Counter()
        self.planted: list[Planted] = []

    def note(self, file: str, table: str, place: int, row: Row) -> None:
        self.rows[file, table] += 1
        if row.kind:
            self.planted.append(Planted(file, table, place, row.column, row.kind, row.value))


def _sinks(folder: Path, format_: str, book: _Book, open_files: ExitStack) -> Iterator[Sink]:
    write_code_lists(folder)
    if format_ == "excel":
        yield _sheets(folder / WORKBOOK, book, open_files)
    else:
        yield _texts(folder, *_TEXT[format_], book, open_files)


def _texts(folder: Path, encoding: str, end: str, book: _Book, open_files: ExitStack) -> Sink:
    files = {t: DelimitedFile(folder / f"{t}.csv", t, encoding, end) for t in COLUMNS}
    for file in files.values():
        open_files.callback(file.close)

    def write(row: Row) -> None:
        place = files[row.table].write(row)
        book.note(f"{folder.name}/{row.table}.csv", row.table, place, row)

    return write


def _sheets(path: Path, book: _Book, open_files: ExitStack) -> Sink:
    workbook = Workbook(path)
    open_files.callback(workbook.close)

    def write(row: Row) -> None:
        sheet, place = workbook.write(row)
        sound = Row(row.table, row.cells) if row.kind in TEXT_ONLY else row
        book.note(f"{path.parent.name}/{path.name}", sheet, place, sound)

    return write
