"""Conditions over one row, as a catalogue writes them: `aeser = 'Y' => aesdth is not null`.

Before `=>` stands when the condition applies (always, without it), after it what must then hold.
A name is a field of the row; `dm.rfstdtc` is a field of a row that this one points at (`rules/
related.py` names them). The functions are those of `FUNCTIONS`; nothing else of SQL is taken.
Blank text is nothing, and a condition that cannot be told, because something is nothing, neither
holds nor fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from qundao.kernel.errors import fail
from qundao.quality.codes import BAD_CATALOGUE

FUNCTIONS = (
    "date_of",
    "number_of",
    "matches",
    "near",
    "prefix",
    "study_day",
    "days",
    "yes",
    "first",
    "last",
)
_DIALECT = "duckdb"
_ARROW = "=>"
_NODES = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Is,
    exp.Null,
    exp.In,
    exp.Literal,
    exp.Column,
    exp.Identifier,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Neg,
    exp.Abs,
    exp.Length,
    exp.Upper,
    exp.Lower,
    exp.Trim,
    exp.Round,
    exp.Coalesce,
    exp.Div,
    exp.Between,
    exp.Like,
    exp.Boolean,
    exp.First,
    exp.Last,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """When it applies (None: to every row) and what must hold."""

    when: exp.Expr | None
    must: exp.Expr

    def columns(self) -> Iterator[exp.Column]:
        """Yield every field named, of the row itself and of rows it points at."""
        for part in (self.when, self.must):
            if part is not None:
                yield from part.find_all(exp.Column)

    def own(self) -> tuple[str, ...]:
        """Return the fields of the row itself."""
        return tuple(dict.fromkeys(c.name for c in self.columns() if not c.table))

    def related(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of rows pointed at, each after the name of the relation."""
        return tuple(dict.fromkeys((c.table, c.name) for c in self.columns() if c.table))


@cache
def read_condition(text: str) -> Condition:
    """Read a condition. Raises `quality.bad_catalogue` for what is not of the form above."""
    when, arrow, must = text.partition(_ARROW)
    if not arrow:
        return Condition(None, _expression(text))
    return Condition(_expression(when), _expression(must))


def _expression(text: str) -> exp.Expr:
    try:
        tree = sqlglot.parse_one(text.strip(), read=_DIALECT)
    except ParseError as error:
        raise fail(BAD_CATALOGUE, text, str(error), required="a condition") from error
    for node in tree.walk():
        if not isinstance(node, _NODES) and not _known(node):
            required = f"a condition, with {', '.join(FUNCTIONS)}"
            raise fail(BAD_CATALOGUE, node.sql(_DIALECT), text, required=required)
    return tree.transform(_in_small_letters)


def _in_small_letters(node: exp.Expr) -> exp.Expr:
    """Write names as the product does everywhere: identifiers ignore case."""
    return exp.to_identifier(node.name.lower()) if isinstance(node, exp.Identifier) else node


def _known(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name in FUNCTIONS
