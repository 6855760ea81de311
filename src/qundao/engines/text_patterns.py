"""Which text is a number, a day or a time: the same text on every engine.

DuckDB's TRY_CAST is the measure. Engines without it, or with one that reads more (Spark takes
`2020` and `2020-01-01 whatever` for days), cast where one of these patterns holds. They are
written so that PostgreSQL and Java read them alike.
"""

from __future__ import annotations

from sqlglot import exp

_EXPONENT = "([eE][+-]?0*([0-9]{1,2}|1[0-9]{2}|2[0-3][0-9]))?"
_NUMBER = f"[+-]?([0-9]{{1,60}}[.]?[0-9]{{0,60}}|[.][0-9]{{1,60}}){_EXPONENT}"
NUMBER = rf"^\s*({_NUMBER}|nan|[+-]?inf(inity)?)\s*$"
"""A number that fits a double: at most 10^299, so that the cast never overflows."""

INTEGER = r"^\s*[+-]?[0-9]{1,18}([.][0-9]{0,60})?\s*$"
"""A number that fits 64 bits; a fraction is rounded."""

_LEAP = "([0-9]{2,6}(0[48]|[2468][048]|[13579][26])|[0-9]{0,4}([02468][048]|[13579][26])00)"


def _day(sep: str) -> str:
    """Return the pattern of a day that exists, its parts separated by `sep`."""
    year = "[0-9]{4,8}"
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
"""Days and times as DuckDB reads them, years 1 to 99999, noughts put before the year.

The noughts make PostgreSQL take the first number for a year even if it is short. An offset is
read and left aside, as everywhere in a time without zone.
"""

NUMBERS = (exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL)
INTEGERS = (exp.DType.BIGINT, exp.DType.INT, exp.DType.SMALLINT)


def fits(text: exp.Expr, pattern: str) -> exp.Expr:
    """Return the condition that a text fits a pattern."""
    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern))


def with_noughts(text: exp.Expr) -> exp.Expr:
    """Return text without blanks before it, and with noughts instead."""
    return exp.RegexpReplace(
        this=text,
        expression=exp.Literal.string(r"^\s*"),
        replacement=exp.Literal.string("000"),
    )


def small_names(query: exp.Query) -> None:
    """Write every name in small letters, in place: names without quotes mean the same."""
    for identifier in query.find_all(exp.Identifier):
        if not identifier.args.get("quoted"):
            identifier.set("this", identifier.name.lower())
