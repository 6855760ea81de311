"""Where Spark differs: one place that turns the common expressions into its own.

- Its TRY_CAST reads more than the others' (`2020` is a day to it), so patterns come before it.
- Days are added as an INT, and nothing wider.
- `$` in a Java pattern also stands before a last line break; `\\z` is the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from qundao.engines.text_patterns import (
    DATE,
    INTEGER,
    INTEGERS,
    NUMBER,
    NUMBERS,
    TIMESTAMP,
    fits,
    small_names,
    with_noughts,
)

DIALECT = "spark"

_DAY = r"^0*([0-9]{4,5})[-/]([0-9]{1,2})[-/]([0-9]{1,2})"
_REST = r"([ T]\s*([0-9:]*([.][0-9]+)?).*)?$"


def rendered(query: exp.Query) -> str:
    """Return a query as Spark's SQL. The query itself is left as it is."""
    whole = query.copy()
    small_names(whole)
    for node in reversed(list(whole.find_all(*_LOWERED))):
        node.replace(_LOWERED[type(node)](node))
    return whole.sql(DIALECT, identify=True)


def _try_cast(node: exp.Expression) -> exp.Expression:
    value, kind = node.this, node.args["to"]
    text = exp.cast(value, exp.DType.TEXT)
    if kind.this in (exp.DType.DATE, exp.DType.TIMESTAMP):
        padded = with_noughts(text)
        if kind.this is exp.DType.DATE:
            day = _replaced(padded, rf"{_DAY}.*$", "$1-$2-$3")
            return exp.Case().when(_like(padded, DATE), _try(day, kind))
        moment = exp.Trim(this=_replaced(padded, _DAY + _REST, "$1-$2-$3 $5"))
        return exp.Case().when(_like(padded, TIMESTAMP), _try(moment, kind))
    if kind.this in NUMBERS:
        return exp.Case().when(_like(exp.Lower(this=text), NUMBER), _try(value.copy(), kind))
    if kind.this in INTEGERS:
        rounded = exp.Round(this=_try(value.copy(), exp.DataType.build("DECIMAL(38, 6)")))
        whole = _try(rounded, exp.DataType.build("BIGINT"))
        return exp.Case().when(_like(text, INTEGER), whole)
    return _try(value, kind)


def _try(value: exp.Expr, kind: exp.DataType) -> exp.TryCast:
    """Return TRY_CAST; sqlglot writes a plain CAST unless it is called safe."""
    return exp.TryCast(this=value, to=kind.copy(), safe=True)


def _replaced(text: exp.Expr, pattern: str, by: str) -> exp.Expr:
    return exp.RegexpReplace(
        this=text.copy(),
        expression=exp.Literal.string(pattern),
        replacement=exp.Literal.string(by),
    )


def _like(text: exp.Expr, pattern: str) -> exp.Expr:
    return fits(text, _to_the_end(pattern))


def _regexp(node: exp.Expression) -> exp.Expression:
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and pattern.is_string:
        pattern.set("this", _to_the_end(pattern.name))
    return node.copy()


def _to_the_end(pattern: str) -> str:
    return pattern[:-1] + r"\z" if pattern.endswith("$") else pattern


def _date_add(node: exp.Expression) -> exp.Expression:
    amount = node.expression
    if not isinstance(amount, exp.Literal | exp.Neg):
        node.set("expression", exp.cast(amount, exp.DType.INT))
    return node.copy()


_LOWERED: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.DateAdd: _date_add,
    exp.RegexpLike: _regexp,
    exp.TryCast: _try_cast,
}
