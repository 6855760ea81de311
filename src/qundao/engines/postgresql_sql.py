"""Where PostgreSQL differs: one place that turns the common expressions into its own.

- It has no TRY_CAST: text is cast where a pattern says that the cast cannot fail.
- Days between dates are a subtraction of dates; years are whole numbers.
- Names are quoted in small letters, so that no reserved word is in the way.
- Text is compared by its characters, whatever language the database sorts by, and names that
  the source writes in capitals are given small ones (`presented`).
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

DIALECT = "postgres"

Presented = Mapping[str, exp.Query]
"""Tables that must be read through a query, by name in small letters."""


def rendered(query: exp.Query, presented: Presented) -> str:
    """Return a query as PostgreSQL's SQL. The query itself is left as it is."""
    return lowered(query, presented).sql(DIALECT, identify=True)


def lowered(query: exp.Query, presented: Presented) -> exp.Query:
    """Return a copy of a query in which only what PostgreSQL has is left."""
    whole = query.copy()
    small_names(whole)
    _present(whole, presented)
    for node in reversed(list(whole.find_all(*_LOWERED))):
        node.replace(_LOWERED[type(node)](node))
    return whole


def _present(whole: exp.Query, presented: Presented) -> None:
    """Read tables through their queries, except where a step of the query has the name."""
    own = {cte.alias for cte in whole.find_all(exp.CTE)}
    for table in list(whole.find_all(exp.Table)):
        name = table.name
        if name in presented and name not in own:
            table.replace(presented[name].copy().subquery(table.alias or name, copy=False))


def _try_cast(node: exp.Expression) -> exp.Expression:
    """Return the cast behind a guard; what no pattern is known for is cast as it is."""
    value, kind = node.this, node.args["to"]
    text = exp.cast(value, exp.DType.TEXT)
    if kind.this in (exp.DType.DATE, exp.DType.TIMESTAMP):
        padded = with_noughts(text)
        pattern = DATE if kind.this is exp.DType.DATE else TIMESTAMP
        return exp.Case().when(fits(padded, pattern), exp.Cast(this=padded, to=kind))
    if kind.this in NUMBERS:
        fitting = fits(exp.Lower(this=text), NUMBER)
        return exp.Case().when(fitting, exp.Cast(this=value.copy(), to=kind))
    if kind.this in INTEGERS:
        whole = exp.cast(exp.cast(value, "DECIMAL"), "BIGINT")
        return exp.Case().when(fits(text, INTEGER), whole)
    return exp.Cast(this=value, to=kind)


def _bit_count(node: exp.Expression) -> exp.Expression:
    """Return how many bits of a whole number are set: PostgreSQL counts those of bit strings."""
    bits = exp.cast(exp.cast(node.this, "BIGINT"), "BIT(64)")
    return exp.Anonymous(this="BIT_COUNT", expressions=[bits])


def _date_diff(node: exp.Expression) -> exp.Expression:
    """Return whole days; other units are left to the dialect."""
    if str(node.args.get("unit") or "DAY").upper() != "DAY":
        return node.copy()
    last, first = (exp.cast(node.args[a], exp.DType.DATE) for a in ("this", "expression"))
    return exp.paren(exp.Sub(this=last, expression=first))


def _extract(node: exp.Expression) -> exp.Expression:
    """Return a part of a date as a whole number, not as a decimal."""
    whole = node.name.upper() in ("YEAR", "MONTH", "DAY")
    return exp.cast(node.copy(), exp.DType.INT) if whole else node.copy()


_LOWERED: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.BitwiseCount: _bit_count,
    exp.TryCast: _try_cast,
    exp.DateDiff: _date_diff,
    exp.Extract: _extract,
}
