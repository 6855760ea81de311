"""Tells whether rows are those that an example expects, and where not, in which field.

Rows have no order, and a label may be any value as long as it is the same one wherever it stands:
so rows are tried against each other until all fit, those that can be only one row first. Where
they do not all fit, as many as do are set aside, and what is left is compared with what is
nearest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from qundao.intake.mapping.examples import ExpectedRow, Label, Value

_MOST_TRIES = 20_000
"""Rows tried in all before what was found so far is told: no example that reads well needs it."""

Found = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of each table as they were loaded; a field that is not there is empty."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """A row that is expected of a table, and which of the table's it is, from 1."""

    table: str
    number: int
    row: ExpectedRow


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as an example expects.

    `kind`: `value` (a field of the `row`-th row expected, from 1), `missing` (that row), `surplus`
    (a row that nobody expects), `rejected` (`field` is the reason; how many rows are expected to
    be rejected for it, and how many were).
    """

    kind: str
    table: str
    row: int
    field: str
    expected: str
    received: str


@dataclass
class Matching:
    """Which row each expected one was found to be, and which value each label stands for."""

    wanted: Sequence[Wanted]
    found: Found
    pairs: dict[Wanted, int] = field(default_factory=dict)
    bound: dict[tuple[str, str], Value] = field(default_factory=dict)
    tries: int = 0

    def solve(self) -> bool:
        """Tell whether every expected row is one that was found; keep what fits if not."""
        if self._all():
            return True
        self.tries = 0
        while choice := self._clearest(skip_none=True):
            wanted, rows = choice
            self._take(wanted, rows[0])
        return False

    def differences(self) -> Iterator[Difference]:
        """Yield what differs between the rows left over and the nearest found, then the surplus."""
        for wanted in self._open():
            left = self._left(wanted.table)
            if left:
                nearest = max(left, key=partial(self._agreeing, wanted))
                self.pairs[wanted] = nearest
                yield from self._unlike(wanted, self.found[wanted.table][nearest])
            else:
                told = _words(wanted.row.fields)
                yield Difference("missing", wanted.table, wanted.number, "", told, "")
        yield from self._surplus()

    def _unlike(self, wanted: Wanted, row: Mapping[str, Any]) -> Iterator[Difference]:
        for name, value in wanted.row.fields.items():
            if not self._fits(name, value, row.get(name)):
                texts = self._expected(name, value), _word(row.get(name))
                yield Difference("value", wanted.table, wanted.number, name, *texts)

    def _surplus(self) -> Iterator[Difference]:
        """Yield the rows that nobody expects, in the order of their words: files are in none."""
        for table, rows in self.found.items():
            told = [n for w in self.wanted if w.table == table for n in w.row.fields]
            names = dict.fromkeys(told or (n for row in rows for n in row))
            left = (_words({n: rows[i].get(n) for n in names}) for i in self._left(table))
            yield from (Difference("surplus", table, 0, "", "", words) for words in sorted(left))

    def _all(self) -> bool:
        """Try to place every row, going back where a choice leads nowhere."""
        choice = self._clearest(skip_none=False)
        if choice is None:
            return True
        wanted, rows = choice
        for i in rows:
            self.tries += 1
            if self.tries > _MOST_TRIES:
                return False
            before = dict(self.bound)
            self._take(wanted, i)
            if self._all():
                return True
            del self.pairs[wanted]
            self.bound = before
        return False

    def _clearest(self, *, skip_none: bool) -> tuple[Wanted, list[int]] | None:
        """Return the row that can be the fewest, and which; None where none is left to place."""
        choices = ((w, self._possible(w)) for w in self._open())
        open_ = [c for c in choices if c[1] or not skip_none]
        return min(open_, key=lambda c: len(c[1]), default=None)

    def _possible(self, wanted: Wanted) -> list[int]:
        rows = self.found[wanted.table]
        return [i for i in self._left(wanted.table) if self._row_fits(wanted.row, rows[i])]

    def _row_fits(self, expected: ExpectedRow, row: Mapping[str, Any]) -> bool:
        if not all(self._fits(n, v, row.get(n)) for n, v in expected.fields.items()):
            return False
        # One label in two fields of the row is one value in both.
        new: dict[str, Value] = {}
        labels = ((n, v.name) for n, v in expected.fields.items() if isinstance(v, Label))
        return all(_same(new.setdefault(label, row.get(n)), row.get(n)) for n, label in labels)

    def _fits(self, name: str, expected: Value | Label, received: Any) -> bool:
        if not isinstance(expected, Label):
            return _same(expected, received)
        known = [v for (_, label), v in self.bound.items() if label == expected.name]
        others = [v for (n, label), v in self.bound.items() if n == name and label != expected.name]
        return (
            received is not None
            and all(_same(v, received) for v in known)
            and not any(_same(v, received) for v in others)
        )

    def _take(self, wanted: Wanted, i: int) -> None:
        self.pairs[wanted] = i
        row = self.found[wanted.table][i]
        for name, value in wanted.row.fields.items():
            if isinstance(value, Label):
                self.bound[name, value.name] = row.get(name)

    def _open(self) -> list[Wanted]:
        return [w for w in self.wanted if w not in self.pairs]

    def _left(self, table: str) -> list[int]:
        taken = {i for w, i in self.pairs.items() if w.table == table}
        return [i for i in range(len(self.found[table])) if i not in taken]

    def _agreeing(self, wanted: Wanted, i: int) -> int:
        row = self.found[wanted.table][i]
        return sum(self._fits(n, v, row.get(n)) for n, v in wanted.row.fields.items())

    def _expected(self, name: str, value: Value | Label) -> str:
        if not isinstance(value, Label):
            return _word(value)
        known = self.bound.get((name, value.name))
        return f"={value.name}" if known is None else f"={value.name} ({_word(known)})"


def _same(expected: Any, received: Any) -> bool:
    if isinstance(expected, float) and isinstance(received, int | float):
        return math.isclose(expected, received, rel_tol=1e-9)
    if isinstance(expected, datetime) and isinstance(received, datetime):
        return expected.replace(tzinfo=None) == received.replace(tzinfo=None)
    return bool(expected == received)


def _words(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_word(value)}" for name, value in fields.items())


def _word(value: Any) -> str:
    if isinstance(value, Label):
        return f"={value.name}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
