"""Where the codes of a list come from: the columns they stand in, the names beside them.

A column of codes has its names in the column called alike, with 名称 for 编码, `name` for `code`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Map
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.load.feeding import feed
from qundao.intake.load.sources import SourceFile, source_files
from qundao.intake.load.staging import Progress
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.document import TableRule
from qundao.intake.mapping.expression import Call, Name, Node, calls, names

_PAIRS = (
    ("编码", "名称"),
    ("代码", "名称"),
    ("编码", "描述"),
    ("code", "name"),
    ("id", "name"),
    ("bm", "mc"),
    ("dm", "mc"),
)


def _silent(_: str, __: int, ___: int | None) -> None:
    """Tell nobody."""


def domain_of(mapping: Document, listed: str) -> str:
    """Return the OMOP domain that the list's fields are of; empty where they are of several."""
    model = mapping.model
    found = {
        model[rule.target][field.name].domain or ""
        for rule in mapping.tables
        for field in rule.fields
        if any(_lists(field.value, listed))
    }
    return found.pop() if len(found) == 1 else ""


def names_of_codes(
    mapping: Document,
    sources: Path,
    folder: Path,
    wanted: Map[str, Collection[str]],
    *,
    progress: Progress = _silent,
) -> Map[str, Map[str, str]]:
    """Return what the sources call codes, by list: for each code the name it has most often.

    sources: where the exports lie. folder: the intake folder. wanted: the codes, by list. The
    files with such columns are read once more, for all lists together. A code without a name
    beside it is left out. Raises `intake.*`.
    """
    counted: dict[str, Counter[tuple[str, str]]] = {listed: Counter() for listed in wanted}
    with source_files(mapping.sources, sources, folder, progress) as files:
        for file in files:
            pairs = [
                (listed, code, name)
                for listed, codes in wanted.items()
                for code in (_columns_of(mapping, file.rule.name, listed) if codes else ())
                if (name := _beside(code, file.schema.names)) is not None
            ]
            if pairs:
                _count(file, pairs, wanted, counted, progress)
    return {listed: _likeliest(found) for listed, found in counted.items()}


def _count(
    file: SourceFile,
    pairs: Sequence[tuple[str, str, str]],
    wanted: Map[str, Collection[str]],
    counted: Map[str, Counter[tuple[str, str]]],
    progress: Progress,
) -> None:
    """Count the names beside codes in one file, a chunk of rows at a time."""
    names = {n: pa.string() for _, *two in pairs for n in two}
    asked = {listed: pa.array(sorted(codes), pa.string()) for listed, codes in wanted.items()}
    rows = 0
    for chunk in feed(file, pa.schema(list(names.items()))):
        for listed, code, name in pairs:
            table = chunk.rows.select([code, name]).rename_columns(["code", "name"])
            found = table.filter(pc.is_in(table["code"], asked[listed])).drop_null()
            grouped = found.group_by(["code", "name"]).aggregate([([], "count_all")])
            for row in grouped.to_pylist():
                counted[listed][row["code"], row["name"]] += row["count_all"]
        rows += chunk.rows.num_rows
        progress(file.name, rows, file.rows)


def _likeliest(found: Counter[tuple[str, str]]) -> Map[str, str]:
    """Return each code's name; of equals the first by its characters."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    best: dict[str, str] = {}
    for (code, name), _ in ordered:
        best.setdefault(code, name)
    return best


def _columns_of(mapping: Document, source: str, listed: str) -> Sequence[str]:
    rules = (rule for rule in mapping.tables if rule.source == source)
    return list(dict.fromkeys(c for rule in rules for c in _columns(rule, listed)))


def _columns(rule: TableRule, listed: str) -> Iterator[str]:
    """Yield the columns that a rule looks up in a list, through groups of columns too."""
    for field in rule.fields:
        for call in _lists(field.value, listed):
            for name in (n for arg in call.args[1:] for n in names(arg)):
                groups = [each.columns[name] for each in rule.each if name in each.columns]
                yield from (n for node in groups for n in names(node))
                if not groups:
                    yield name


def _lists(node: Node, listed: str) -> Iterator[Call]:
    return (c for c in calls(node) if c.name == "code" and c.args[0] == Name(listed))


def _beside(code: str, columns: Sequence[str]) -> str | None:
    """Return the column of names that goes with a column of codes."""
    folded = {c.lower(): c for c in columns}
    for of_code, of_name in _PAIRS:
        wanted = re.sub(rf"{of_code}(?=[\d_]*$)", of_name, code.lower())
        if wanted != code.lower() and wanted in folded:
            return folded[wanted]
    return None
