"""Values and shapes of a column: the frequent ones, above the floor, where none names a person."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from qundao.quality.profile.scan import in_table, is_disguised, text_of
from qundao.query.engine import Engine

MOST_VALUES, MOST_SHAPES = 20, 5
_LONGEST = 40


def top_values(engine: Engine, table: str, name: str, floor: int) -> list[dict[str, Any]]:
    """Return the most frequent values with at least `floor` rows each, as {value, rows}."""
    text = text_of(name)
    told = exp.and_(text.copy().neq(""), exp.not_(is_disguised(text)))
    rows = _groups(engine, table, text, told, floor, MOST_VALUES)
    return [{"value": value, "rows": n} for value, n in rows]


def shapes(engine: Engine, table: str, name: str, floor: int) -> list[dict[str, Any]]:
    """Return the most frequent shapes (9 a digit, A a letter, 文 a Chinese sign), as {shape, rows}.

    A shape that fewer than `floor` rows have is not told.
    """
    text: exp.Expr = exp.Left(this=text_of(name), expression=exp.Literal.number(_LONGEST))
    for pattern, sign in (("[0-9]", "9"), ("[A-Za-z]", "A"), ("[一-龥]", "文")):
        text = exp.RegexpReplace(
            this=text,
            expression=exp.Literal.string(pattern),
            replacement=exp.Literal.string(sign),
            modifiers=exp.Literal.string("g"),
        )
    rows = _groups(engine, table, text, text_of(name).neq(""), floor, MOST_SHAPES)
    return [{"shape": shape, "rows": n} for shape, n in rows]


def bounds(engine: Engine, table: str, name: str, pattern: exp.Expr) -> tuple[Any, Any]:
    """Return the least and the greatest text of a form: first and last day of ISO dates."""
    held = exp.Case().when(pattern, text_of(name))
    query = exp.select(exp.Min(this=held).as_("low"), exp.Max(this=held.copy()).as_("high"))
    row = engine.records(query.from_(in_table(table)))[0]
    return row["low"], row["high"]


def _groups(
    engine: Engine, table: str, key: exp.Expr, told: exp.Expr, floor: int, most: int
) -> list[tuple[str, int]]:
    count = exp.Count(this=exp.Star())
    query = (
        exp.select(key.copy().as_("k"), count.as_("n"))
        .from_(in_table(table))
        .where(told)
        .group_by(key.copy())
        .having(count.copy() >= exp.Literal.number(floor))
        .order_by(exp.column("n").desc(), exp.column("k"))
        .limit(most)
    )
    return [(r["k"], r["n"]) for r in engine.records(query)]
