"""What a mapping's expressions begin with: columns and literals as values, texts put together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qundao.intake.mapping.expression import Literal
from qundao.intake.mapping.functions import Computed

_KIND_OF_TYPE = (
    ("INT", "integer"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("DECIMAL", "number"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
)


def typed(column: exp.Expr, type_: str) -> Computed:
    """Return a column as a value of the kind that its type in the database is."""
    kind = next((k for part, k in _KIND_OF_TYPE if part in type_.upper()), "text")
    return Computed(column, kind, plain=kind == "text")


def literal(node: Literal) -> Computed:
    """Return a literal as a value."""
    if isinstance(node.value, str):
        return Computed(exp.Literal.string(node.value), "text")
    kind = "integer" if isinstance(node.value, int) else "number"
    return Computed(exp.Literal.number(node.value), kind, sure=True)


def all_or_nothing(texts: Sequence[exp.Expr]) -> exp.Expr:
    """Return several texts as one key; NULL where one of them is empty."""
    value: exp.Expr = texts[0]
    for text in texts[1:]:
        value = exp.DPipe(this=value, expression=exp.Literal.string("\x1f"))
        value = exp.DPipe(this=value, expression=text)
    return value


def or_blank(text: exp.Expr) -> exp.Expr:
    """Return a text, empty where it is NULL."""
    return exp.func("COALESCE", text, exp.Literal.string(""))
