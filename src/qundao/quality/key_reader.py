"""Answers questions about keys from key sets, each column read once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from qundao.quality.counts import Counts
from qundao.quality.finding import MOST_EXAMPLES
from qundao.quality.key_sets import KeyColumn, KeyQuestion, KeySet, read_keys
from qundao.query.engine import Engine


class KeyReader:
    """Reads columns of keys from an engine and keeps what it read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: dict[tuple[KeyColumn, bool], KeySet | None] = {}

    def answer(self, question: KeyQuestion) -> Counts | None:
        """Return what a question counts; None where key sets cannot tell. Raises `engines.*`."""
        if question.missing_from is None:
            return self._repeated(question.column)
        own = self._keys(question.column, repeats=not question.each_once)
        other = self._keys(question.missing_from, repeats=False)
        if own is None or other is None:
            return None
        if own.rows_repeating() and not question.each_once:
            return None
        empty = 0 if question.each_once else own.empty
        gone = own.without(other)
        counted = own.distinct() + empty
        return Counts(gone.rows + empty, counted, counted, filled=True, examples=_some(gone.keys()))

    def _repeated(self, column: KeyColumn) -> Counts | None:
        own = self._keys(column, repeats=True)
        if own is None:
            return None
        rows = own.rows + own.empty
        again, some = own.rows_repeating(), _some(own.repeated())
        return Counts(again, rows, rows, own.rows > 0, some)

    def _keys(self, column: KeyColumn, *, repeats: bool) -> KeySet | None:
        name = (column, repeats)
        if name not in self._read:
            self._read[name] = read_keys(self._engine, column, repeats=repeats)
        return self._read[name]


def _some(keys: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(str(key) for key in islice(keys, MOST_EXAMPLES)))
