"""Keeps a site's condition harmless before it reaches a scan.

Only what `quality.condition` knows is let in, over fields that the table has; comments, several
statements and arrows are refused because they would make another condition than the one read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from qundao.kernel.errors import QundaoError, problem
from qundao.quality.codes import BAD_CONDITION
from qundao.quality.condition import FUNCTIONS, Condition, read_condition
from qundao.quality.site.entries import Entry

LONGEST = 2_000
_DEEPEST = 40
_COMMENT = re.compile(r"--|/\*|\*/")
_ALSO = ("abs", "length", "lower", "upper", "trim", "round", "coalesce")


@dataclass(frozen=True, slots=True)
class Held:
    """What there is to name: each table's fields, its keys, and rows named by the standard."""

    fields: Mapping[str, Collection[str]]
    keys: Mapping[str, tuple[str, ...]]
    named: Collection[str] = ()

    def relates(self, table: str, other: str) -> bool:
        """Tell whether a row of `table` points at one of `other`: by its key, or by name."""
        keys, own = self.keys.get(other, ()), self.fields.get(table, ())
        return other in self.named or (bool(keys) and all(k in own for k in keys))


def check_condition(entry: Entry, name: str, table: str, held: Held) -> None:
    """Note on the entry everything that a condition may not have. `table` is the check's."""
    text = entry.text(name)
    for received in _refused(text):
        _note(entry, name, received)
        return
    try:
        condition = read_condition(text)
    except (QundaoError, SqlglotError, RecursionError) as error:
        received = error.problems[0].received if isinstance(error, QundaoError) else text
        _note(entry, name, received[:200])
        return
    for unknown in _unknown(condition, table, held):
        near = ", ".join(get_close_matches(unknown, held.fields.get(table, ()))) or "–"
        _note(entry, name, unknown, near)


def _refused(text: str) -> Iterator[str]:
    """Yield what no condition may hold, found before it is parsed."""
    if not text or len(text) > LONGEST:
        yield f"{len(text)} characters"
        return
    try:
        tokens = sqlglot.tokenize(text, read="duckdb")
    except SqlglotError as error:
        yield str(error)[:200]
        return
    outside = _without_texts(text, tokens)
    yield from (found.group() for found in _COMMENT.finditer(outside))
    yield from (mark for mark in (";", "=>") if mark in outside or mark == "=>" in text)
    if _depth(tokens) > _DEEPEST:
        yield f"{_depth(tokens)} parentheses deep"


def _without_texts(text: str, tokens: list[Token]) -> str:
    """Return the text with its quoted parts blanked."""
    signs = list(text)
    for token in tokens:
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            signs[token.start : token.end + 1] = " " * (token.end + 1 - token.start)
    return "".join(signs)


def _depth(tokens: list[Token]) -> int:
    """Return how deep a parser would have to go: parentheses, and signs in a row before a value."""
    deepest = depth = run = 0
    for token in tokens:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        run = run + 1 if token.token_type in (TokenType.NOT, TokenType.DASH) else 0
        deepest = max(deepest, depth + run)
    return deepest


def _unknown(condition: Condition, table: str, held: Held) -> Iterator[str]:
    if table not in held.fields:
        return
    yield from (field for field in condition.own() if field not in held.fields[table])
    for other, field in condition.related():
        known = other in held.named or field in held.fields.get(other, ())
        if not known or not held.relates(table, other):
            yield f"{other}.{field}"


def _note(entry: Entry, name: str, received: str, near: str = "") -> None:
    functions = ", ".join((*FUNCTIONS, *_ALSO))
    place = entry.place(name)
    entry.problems.append(
        problem(BAD_CONDITION, received, place, functions=functions, near=near or "–")
    )
