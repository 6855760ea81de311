"""Lists of codes that a site brings as files of its own: licensed tables are not in the product.

A file has a column of codes and one of values, or is a table as it was published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from qundao.intake import codes
from qundao.intake.code_tables import CodeTable, as_codes, read_code_tables
from qundao.intake.mapping.document import CodeList
from qundao.intake.mapping.sections import plain
from qundao.intake.readers import open_source
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if

_SHOWN = 20
"""Vocabularies that are named where the one that is meant is not there."""


def kind_of(listed: CodeList) -> str:
    """Return what a list's codes mean: numbers, whole or not, or text where any of them is."""
    values = [*listed.codes.values(), *([] if listed.otherwise is None else [listed.otherwise])]
    if any(isinstance(v, str) for v in values):
        return "text"
    return "number" if any(isinstance(v, float) for v in values) else "integer"


def alike(listed: CodeList, value: float | str) -> int | float | str:
    """Return a value of the list as all of its values are held."""
    kind = kind_of(listed)
    return str(value) if kind == "text" else float(value) if kind == "number" else int(value)


def filled(lists: Mapping[str, CodeList], folder: Path) -> dict[str, CodeList]:
    """Return lists with the codes of their files, which lie below `folder`.

    Raises `intake.*`, of all lists at once, each problem with its list and file.
    """
    found: dict[str, CodeList] = {}
    problems: list[Problem] = []
    for name, listed in lists.items():
        try:
            found[name] = _filled(listed, folder)
        except QundaoError as error:
            problems += [_of_list(p, listed) for p in error.problems]
    raise_if(problems)
    return found


def _filled(listed: CodeList, folder: Path) -> CodeList:
    if not listed.file:
        return listed
    path = folder / listed.file
    found = _published(listed, path) if listed.gives else dict(_read(listed, path))
    return replace(listed, codes=found)


def _of_list(found: Problem, listed: CodeList) -> Problem:
    where = f"codes.{listed.name} ({listed.file})"
    return problem(found.code, found.received, where, **dict(found.facts))


def _published(listed: CodeList, path: Path) -> dict[str, int | float | str]:
    """Return the codes of a table as it was published; of a code that is there twice, the first."""
    assert listed.gives
    told: dict[str, int | float | str] = {}
    for table in _meant(listed, read_code_tables(path)):
        vocabulary = listed.vocabulary if table.concepts is not None else ""
        told = {**as_codes(table, gives=listed.gives, vocabulary=vocabulary), **told}
    return {code: value for code, value in told.items() if value not in (None, "")}


def _meant(listed: CodeList, tables: Sequence[CodeTable]) -> list[CodeTable]:
    """Return the tables of the vocabulary that is meant. Raises `intake.no_such_table`."""
    held = [_vocabularies(table) for table in tables]
    known = sorted(set().union(*held))
    named = {table.vocabulary.id for table in tables}
    if listed.vocabulary:
        found = [t for t, own in zip(tables, held, strict=True) if listed.vocabulary in own]
    else:
        found = list(tables) if len(named) == 1 else []
    if not found:
        shown = ", ".join(known[:_SHOWN])
        raise fail(codes.NO_SUCH_TABLE, listed.vocabulary or "–", "vocabulary", known=shown)
    return found


def _vocabularies(table: CodeTable) -> set[str]:
    """Return the vocabularies of a table: its own, or all those of Athena's folder."""
    if table.concepts is None:
        return {table.vocabulary.id}
    return set(table.concepts["vocabulary_id"].unique().to_pylist())


def _read(listed: CodeList, path: Path) -> Iterator[tuple[str, int | float | str]]:
    reader = open_source(path)
    try:
        (table, *_) = reader.tables()
        known = [c.name for c in table.columns]
        for name in (listed.code_column, listed.value_column):
            if name not in known:
                where = f"codes.{listed.name}"
                raise fail(codes.BAD_COLUMN, name, where, known=", ".join(known))
        for batch in reader.batches(table.name, lambda _: None):
            held = batch.column(listed.code_column).to_pylist()
            values = batch.column(listed.value_column).to_pylist()
            for code, value in zip(held, values, strict=True):
                if code and value not in (None, ""):
                    yield str(code).strip(), plain(str(value).strip())
    finally:
        reader.close()
