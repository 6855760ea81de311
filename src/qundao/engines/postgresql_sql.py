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

DIALECT = "postgres"

Presented = Mapping[str, exp.Query]
"""Tables that must be read through a query, by name in small letters."""

_EXPONENT = "([eE][+-]?0*([0-9]{1,2}|1[0-9]{2}|2[0-3][0-9]))?"
_NUMBER = f"[+-]?([0-9]{{1,60}}[.]?[0-9]{{0,60}}|[.][0-9]{{1,60}}){_EXPONENT}"
NUMBER = rf"^\s*({_NUMBER}|nan|[+-]?inf(inity)?)\s*$"
"""A number that fits a double: at most 10^299, so that the cast never overflows."""

INTEGER = r"^\s*[+-]?[0-9]{1,18}([.][0-9]{0,60})?\s*$"
"""A number that fits 64 bits; a fraction is rounded."""

_LEAP = "([0-9]*[0-9](0[48]|[2468][048]|[13579][26])|[0-9]*([02468][048]|[13579][26])00)"


def _day(sep: str) -> str:
    """Return the pattern of a day that exists, its parts separated by `sep`."""
    year = "[0-9]{3,7}"
    return "|".join(
        (
            f"{year}{sep}(0?[13578]|1[02]){sep}(0?[1-9]|[12][0-9]|3[01])",
            f"{year}{sep}(0?[469]|11){sep}(0?[1-9]|[12][0-9]|30)",
            f"{year}{sep}0?2{sep}(0?[1-9]|1[0-9]|2[0-8])",
            f"{_LEAP}{sep}0?2{sep}29",
        )
    )


_DAY = f"(?!0+[-/])({_day('-')}|{_day('/')})"
_CLOCK = "(([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9]([.][0-9]*)?)?|24:0?0(:0?0([.]0*)?)?)"
_ZONE = r"\s*(Z|UTC|[+-][0-9]{1,2}(:?[0-9]{2})?)?\s*"
DATE = rf"^{_DAY}([ T]\s*{_CLOCK}{_ZONE}|\s*)$"
TIMESTAMP = rf"^{_DAY}([ T]\s*{_CLOCK}{_ZONE})?$"
"""Days and times as DuckDB reads them, years 1 to 99999, two noughts put before the year.

The noughts make PostgreSQL take the first number for a year even if it is short. An offset is
read and left aside, as everywhere in a time without zone.
"""

_NUMBERS = (exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL)
_INTEGERS = (exp.DType.BIGINT, exp.DType.INT, exp.DType.SMALLINT)


def rendered(query: exp.Query, presented: Presented) -> str:
    """Return a query as PostgreSQL's SQL. The query itself is left as it is."""
    return lowered(query, presented).sql(DIALECT, identify=True)


def lowered(query: exp.Query, presented: Presented) -> exp.Query:
    """Return a copy of a query in which only what PostgreSQL has is left."""
    whole = query.copy()
    for identifier in whole.find_all(exp.Identifier):
        if not identifier.args.get("quoted"):
            identifier.set("this", identifier.name.lower())
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
        padded = exp.RegexpReplace(
            this=text, expression=exp.Literal.string(r"^\s*"), replacement=exp.Literal.string("00")
        )
        pattern = DATE if kind.this is exp.DType.DATE else TIMESTAMP
        return _guarded(padded, pattern, padded, kind)
    if kind.this in _NUMBERS:
        return _guarded(exp.Lower(this=text), NUMBER, value, kind)
    if kind.this in _INTEGERS:
        return _guarded(text, INTEGER, exp.cast(value, "DECIMAL"), exp.DataType.build("BIGINT"))
    return exp.Cast(this=value, to=kind)


def _guarded(text: exp.Expr, pattern: str, value: exp.Expr, kind: exp.DataType) -> exp.Expression:
    fits = exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern))
    return exp.Case().when(fits, exp.Cast(this=value.copy(), to=kind.copy()))


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
    exp.TryCast: _try_cast,
    exp.DateDiff: _date_diff,
    exp.Extract: _extract,
}
