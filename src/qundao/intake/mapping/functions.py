"""The functions of a mapping's language, each as the query that computes it over text.

A function gives a value and the ways in which it can fail: a row where one does is rejected, with
the reason, the column and what was written there. Nothing fails on an empty value: whether it may
be empty is asked of the target's field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from qundao.intake.mapping.written import (
    comparator_of,
    day_of,
    moment_of,
    number_of,
    plain_text,
)

_INTEGER, _NUMBER, _TEXT, _DATE, _MOMENT, _TRUTH = (
    "integer",
    "number",
    "text",
    "date",
    "datetime",
    "truth",
)
_EXACT = 2**53
"""Whole numbers below this are exact as decimals; others are read from the text itself."""

_CENTURY = 36_525
"""Days, the farthest that `later` goes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail: the reason, the text that is at fault, and where it is."""

    reason: str
    text: exp.Expr
    holds: exp.Expr


@dataclass(frozen=True, slots=True)
class Computed:
    """A value in the query: the expression, its kind, and how it can fail.

    `plain` text has no blanks around it, and is not empty. What is `sure` is never NULL.
    """

    value: exp.Expr
    kind: str
    faults: tuple[Fault, ...] = ()
    plain: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (`most` None: any number), and what it makes."""

    least: int
    most: int | None
    make: Callable[..., Computed]
    words: str


def as_text(given: Computed) -> exp.Expr:
    """Return a value as text without blanks around it; empty text is nothing."""
    if given.kind != _TEXT:
        return exp.cast(given.value, "TEXT")
    return given.value if given.plain else plain_text(given.value)


def _text(given: Computed) -> Computed:
    return Computed(as_text(given), _TEXT, given.faults, plain=True)


def _number(given: Computed) -> Computed:
    if given.kind in (_INTEGER, _NUMBER):
        return given
    return _read(given, number_of, _NUMBER, "not_a_number")


def _whole(given: Computed) -> Computed:
    if given.kind == _INTEGER:
        return given
    number, text = _number(given), as_text(given)
    exact = exp.Abs(this=number.value.copy()) < exp.Literal.number(_EXACT)
    rounded = exp.cast(exp.Round(this=number.value), "BIGINT")
    large = exp.TryCast(this=text.copy(), to=exp.DataType.build("BIGINT"))
    whole = exp.Case().when(exact, rounded).else_(large)
    broken = exp.or_(
        number.value.copy().neq(exp.Round(this=number.value.copy())),
        exp.and_(_there(number.value), exp.Is(this=whole.copy(), expression=exp.null())),
    )
    fault = Fault("not_a_whole_number", text, broken)
    return Computed(whole, _INTEGER, (*number.faults, fault))


def _measured(given: Computed) -> Computed:
    """A number, also behind `<` or `>`; other text is not a number and no fault."""
    if given.kind in (_INTEGER, _NUMBER):
        return given
    return Computed(number_of(as_text(given), after_sign=True), _NUMBER, given.faults)


def _comparator(given: Computed) -> Computed:
    return Computed(comparator_of(as_text(given)), _TEXT, given.faults, plain=True)


def _day(given: Computed) -> Computed:
    if given.kind in (_DATE, _MOMENT):
        return Computed(exp.cast(given.value, "DATE"), _DATE, given.faults)
    return _read(given, day_of, _DATE, "not_a_date")


def _moment(given: Computed) -> Computed:
    if given.kind in (_DATE, _MOMENT):
        return Computed(exp.cast(given.value, "TIMESTAMP"), _MOMENT, given.faults)
    return _read(given, moment_of, _MOMENT, "not_a_date")


def _read(
    given: Computed, read: Callable[[exp.Expr], exp.Expr], kind: str, reason: str
) -> Computed:
    """Return text read as a kind; text that cannot be read so is a fault."""
    text = as_text(given)
    value = read(text)
    unread = exp.and_(_there(text), exp.Is(this=value.copy(), expression=exp.null()))
    return Computed(value, kind, (*given.faults, Fault(reason, text.copy(), unread)))


def _part(unit: str) -> Callable[[Computed], Computed]:
    def make(given: Computed) -> Computed:
        day = _day(given)
        part = exp.Extract(this=exp.var(unit), expression=day.value)
        return Computed(exp.cast(part, "BIGINT"), _INTEGER, day.faults)

    return make


def _later(given: Computed, days: Computed) -> Computed:
    """A day, so many days later; beyond a century either way is a fault."""
    day, whole = _day(given), _whole(days)
    far = exp.Abs(this=whole.value.copy()) > _CENTURY
    days_on = exp.cast(exp.Case().when(exp.not_(far), whole.value), "INT")
    interval = exp.Anonymous(this="to_days", expressions=[days_on])
    value = exp.cast(exp.paren(day.value) + interval, "DATE")
    fault = Fault("too_many_days", as_text(days), far.copy())
    return Computed(value, _DATE, (*day.faults, *whole.faults, fault))


def _first(*given: Computed) -> Computed:
    kind = given[0].kind if len({g.kind for g in given}) == 1 else _TEXT
    values = [as_text(g) if kind == _TEXT else g.value for g in given]
    value = exp.func("COALESCE", *values)
    return Computed(value, kind, _all_faults(*given), plain=kind == _TEXT)


def _chosen(condition: Computed, then: Computed, other: Computed) -> Computed:
    kind = then.kind if then.kind == other.kind else _wider(then.kind, other.kind)
    value = exp.Case().when(condition.value, then.value).else_(other.value)
    within = exp.func("COALESCE", condition.value.copy(), exp.false())
    faults = (
        *condition.faults,
        *(_only(f, within) for f in then.faults),
        *(_only(f, exp.not_(within.copy())) for f in other.faults),
    )
    return Computed(value, kind, faults)


def _only(fault: Fault, where: exp.Expr) -> Fault:
    return Fault(fault.reason, fault.text, exp.and_(where.copy(), fault.holds))


def _joined(*given: Computed) -> Computed:
    texts = [exp.func("COALESCE", as_text(g), exp.Literal.string("")) for g in given]
    value: exp.Expr = texts[0]
    for text in texts[1:]:
        value = exp.DPipe(this=value, expression=text)
    return Computed(plain_text(value), _TEXT, _all_faults(*given), plain=True)


def _begin(given: Computed, length: Computed) -> Computed:
    value = exp.Left(this=as_text(given), expression=length.value)
    return Computed(value, _TEXT, given.faults)


def _upper(given: Computed) -> Computed:
    return Computed(exp.Upper(this=as_text(given)), _TEXT, given.faults, plain=True)


def _reckoned(node: type[exp.Binary]) -> Callable[[Computed, Computed], Computed]:
    def make(left: Computed, right: Computed) -> Computed:
        a, b = _number(left), _number(right)
        found = node(this=exp.paren(a.value), expression=exp.paren(b.value))
        tried = exp.Anonymous(this="try", expressions=[found])
        whole = a.kind == b.kind == _INTEGER and node is not exp.Div
        value = tried if whole else exp.Case().when(_finite(tried), tried)
        both = exp.and_(_there(a.value), _there(b.value))
        lost = exp.and_(both, exp.Is(this=value.copy(), expression=exp.null()))
        fault = Fault("not_a_number", _shown(left, right), lost)
        return Computed(value, _INTEGER if whole else _NUMBER, (*_all_faults(a, b), fault))

    return make


def _finite(number: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="isfinite", expressions=[number.copy()])


def _shown(left: Computed, right: Computed) -> exp.Expr:
    """Return what two values that cannot be reckoned with are, side by side."""
    blank = exp.Literal.string(" ")
    return exp.DPipe(
        this=exp.DPipe(this=as_text(left), expression=blank), expression=as_text(right)
    )


def _compared(node: type[exp.Binary]) -> Callable[[Computed, Computed], Computed]:
    def make(left: Computed, right: Computed) -> Computed:
        a, b = _alike(left, right)
        return Computed(node(this=a, expression=b), _TRUTH, _all_faults(left, right))

    return make


def _alike(left: Computed, right: Computed) -> tuple[exp.Expr, exp.Expr]:
    """Return two values that can be compared: as they are, or both as text."""
    numbers, times = (_INTEGER, _NUMBER), (_DATE, _MOMENT)
    same = left.kind == right.kind or any({left.kind, right.kind} <= {*k} for k in (numbers, times))
    if same and left.kind != _TEXT:
        return left.value, right.value
    return as_text(left), as_text(right)


def _among(given: Computed, *others: Computed) -> Computed:
    same = [_alike(given, other) for other in others]
    found = exp.or_(*(exp.EQ(this=a.copy(), expression=b) for a, b in same))
    return Computed(exp.paren(found), _TRUTH, _all_faults(given, *others))


def _logic(join: Callable[..., exp.Expr]) -> Callable[..., Computed]:
    def make(*given: Computed) -> Computed:
        return Computed(exp.paren(join(*(g.value for g in given))), _TRUTH, _all_faults(*given))

    return make


def _denied(given: Computed) -> Computed:
    return Computed(exp.not_(exp.paren(given.value)), _TRUTH, given.faults)


def _is_empty(given: Computed) -> Computed:
    value = as_text(given) if given.kind == _TEXT else given.value
    return Computed(exp.Is(this=value, expression=exp.null()), _TRUTH, given.faults)


def _there(text: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=text.copy(), expression=exp.null()))


def _all_faults(*given: Computed) -> tuple[Fault, ...]:
    return tuple(fault for g in given for fault in g.faults)


def _wider(one: str, other: str) -> str:
    return _NUMBER if {one, other} == {_INTEGER, _NUMBER} else _TEXT


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "text": Function(1, 1, _text, "text(x)"),
        "number": Function(1, 1, _number, "number(x)"),
        "whole": Function(1, 1, _whole, "whole(x)"),
        "measured": Function(1, 1, _measured, "measured(x)"),
        "comparator": Function(1, 1, _comparator, "comparator(x)"),
        "day": Function(1, 1, _day, "day(x)"),
        "moment": Function(1, 1, _moment, "moment(x)"),
        "year": Function(1, 1, _part("YEAR"), "year(x)"),
        "month": Function(1, 1, _part("MONTH"), "month(x)"),
        "monthday": Function(1, 1, _part("DAY"), "monthday(x)"),
        "later": Function(2, 2, _later, "later(day, days)"),
        "first": Function(1, None, _first, "first(x, y, …)"),
        "if": Function(3, 3, _chosen, "if(condition, x, y)"),
        "join": Function(1, None, _joined, "join(x, y, …)"),
        "begin": Function(2, 2, _begin, "begin(x, length)"),
        "upper": Function(1, 1, _upper, "upper(x)"),
        "+": Function(2, 2, _reckoned(exp.Add), "x + y"),
        "-": Function(2, 2, _reckoned(exp.Sub), "x - y"),
        "*": Function(2, 2, _reckoned(exp.Mul), "x * y"),
        "/": Function(2, 2, _reckoned(exp.Div), "x / y"),
        "=": Function(2, 2, _compared(exp.EQ), "x = y"),
        "<>": Function(2, 2, _compared(exp.NEQ), "x <> y"),
        "<": Function(2, 2, _compared(exp.LT), "x < y"),
        "<=": Function(2, 2, _compared(exp.LTE), "x <= y"),
        ">": Function(2, 2, _compared(exp.GT), "x > y"),
        ">=": Function(2, 2, _compared(exp.GTE), "x >= y"),
        "in": Function(2, None, _among, "x in (y, z)"),
        "and": Function(2, 2, _logic(exp.and_), "x and y"),
        "or": Function(2, 2, _logic(exp.or_), "x or y"),
        "not": Function(1, 1, _denied, "not x"),
        "empty": Function(1, 1, _is_empty, "x is empty"),
    }
)
"""What is computed from values alone."""

LOOKED_UP = MappingProxyType(
    {
        "code": (2, None, "code(list, x, …)"),
        "person": (1, None, "person(x, …)"),
        "id": (2, None, "id('what', x, …)"),
        "ucum": (1, 1, "ucum(unit)"),
        "converted": (3, 4, "converted(value, unit, target, substance)"),
    }
)
"""What is looked up besides, with the fewest and the most arguments: codes, pseudonyms, numbers for
keys, units."""
