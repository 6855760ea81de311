"""Runs the examples of a mapping: their rows go through the load itself, and are then compared.

There is no second way to compute a value: the rows are written as text, loaded as a rehearsal
under a key made for the purpose, and thrown away.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from qundao.intake.example_matching import Difference, Found, Matching, Wanted
from qundao.intake.load import Account, rehearse
from qundao.intake.load.codelists import filled
from qundao.intake.load.reasons import reason_words
from qundao.intake.mapping.columns import columns_needed
from qundao.intake.mapping.document import CodeList, SourceRule
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.examples import Example
from qundao.kernel.words import Words

_MOST_ROWS = 10_000
_MEMORY_MB = 1_024
_TEXT = MappingProxyType({"delimiter": ",", "encoding": "utf-8", "header": "yes"})
_NO_COLUMN = "unused"
_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "value": Words(
            "{table} 第 {row} 行的 {field}：应为 {expected}，实为 {received}",
            "{table}, row {row}, {field}: {expected} is expected, received {received}",
        ),
        "missing": Words(
            "{table} 第 {row} 行没有载入：{expected}",
            "{table}, row {row} was not loaded: {expected}",
        ),
        "surplus": Words(
            "{table} 多出一行：{received}",
            "{table} has a row that is not expected: {received}",
        ),
        "rejected": Words(
            "{table} 被拒绝的行（{field}）：应为 {expected}，实为 {received}",
            "{table}, rows rejected ({field}): {expected} expected, received {received}",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What came of an example: it passed where nothing differs."""

    name: str
    line: int
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything is as expected."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """Return the result for other programs."""
        return {
            "name": self.name,
            "line": self.line,
            "passed": self.passed,
            "differences": [asdict(d) for d in self.differences],
        }


def run_examples(mapping: Document, *, lists: Path | None = None) -> tuple[ExampleResult, ...]:
    """Run every example of a mapping, in its order.

    `lists` is the folder below which the mapping's files of codes lie; a list that neither the
    example nor a file there tells is empty. Raises `intake.*` where the mapping cannot be run.
    """
    return tuple(_run(mapping, example, lists) for example in mapping.examples)


def difference_words(difference: Difference) -> Words:
    """Return a difference as a sentence."""
    told = {k: v if v != "" else "–" for k, v in asdict(difference).items()}
    words = _WORDS[difference.kind]
    if difference.kind != "rejected":
        return words.format(**told)
    reason = reason_words(difference.field)
    zh = words.zh.format(**told | {"field": reason.zh})
    return Words(zh, words.en.format(**told | {"field": reason.en}))


def _run(mapping: Document, example: Example, lists: Path | None) -> ExampleResult:
    with TemporaryDirectory(prefix="qundao-example-") as place:
        folder = Path(place)
        given = _compared(mapping, example)
        sources = {name: _written(mapping, example, name, folder) for name in given.sources}
        codes = {n: _codes(c, example, lists) for n, c in mapping.codes.items()}
        given = replace(given, sources=sources, codes=codes, vocabulary="", examples=())
        account, found = rehearse(
            given, folder, folder / "node", rows=_MOST_ROWS, memory_mb=_MEMORY_MB
        )
    told = {table: found.get(table, []) for table in example.expected}
    differences = (*_rows(example, told), *_rejects(example, account))
    return ExampleResult(example.name, example.line, differences)


def _compared(mapping: Document, example: Example) -> Document:
    """Return what of a mapping has a say in the tables compared: they and those they point at.

    Where a table is compared that follows from others, all of them have.
    """
    targets, needed = {r.target for r in mapping.tables}, list(example.tables)
    if not targets.issuperset(needed):
        return mapping
    for name in needed:
        parents = (f.foreign.table for f in mapping.model[name].fields if f.foreign)
        needed += [p for p in dict.fromkeys(parents) if p in targets and p not in needed]
    tables = tuple(r for r in mapping.tables if r.target in needed)
    used = {r.source for r in tables} | {j.source for r in tables for j in r.joins}
    return replace(
        mapping,
        tables=tables,
        sources={n: s for n, s in mapping.sources.items() if n in used},
        identity=tuple(i for i in mapping.identity if i.source in used),
    )


def _written(mapping: Document, example: Example, source: str, folder: Path) -> SourceRule:
    """Write the rows of a source, with every column that the mapping speaks of."""
    rows = example.given.get(source, ())
    names = dict.fromkeys(name for row in rows for name in row)
    names |= dict.fromkeys(columns_needed(mapping, source, names))
    with (folder / f"{source}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names or [_NO_COLUMN], restval="", quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
    return SourceRule(source, (f"{source}.csv",), "", "delimited", _TEXT)


def _codes(listed: CodeList, example: Example, lists: Path | None) -> CodeList:
    """Return a list as the example has it, else with the codes of its file, if that is there."""
    told = (example.codes or {}).get(listed.name)
    if told is not None:
        return replace(listed, codes=told, file="")
    if listed.file and lists is not None and (lists / listed.file).exists():
        return replace(filled({listed.name: listed}, lists)[listed.name], file="")
    return replace(listed, file="")


def _rows(example: Example, found: Found) -> Iterator[Difference]:
    wanted = [
        Wanted(table, number, row)
        for table, rows in example.expected.items()
        for number, row in enumerate(rows, 1)
    ]
    matching = Matching(wanted, found)
    matching.solve()
    yield from matching.differences()


def _rejects(example: Example, account: Account) -> Iterator[Difference]:
    """Yield each reason for which other rows were rejected than the example expects."""
    expected: Counter[tuple[str, str]] = Counter()
    for told in example.rejected:
        reason = f"{told.reason}:{told.field}" if told.field else told.reason
        expected[told.table, reason] += told.rows
    received: Counter[tuple[str, str]] = Counter()
    for rule in account.tables:
        if rule.target in example.tables:
            received.update({(rule.target, reason): n for reason, n in rule.reasons.items()})
    for table, reason in sorted(expected.keys() | received.keys()):
        one, other = expected[table, reason], received[table, reason]
        if one != other:
            yield Difference("rejected", table, 0, reason, str(one), str(other))
