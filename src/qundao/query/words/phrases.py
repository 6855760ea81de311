"""Putting phrases together in both languages at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from qundao.kernel.words import Words
from qundao.query.values import DateRange, NumberRange, Op


def same(text: object) -> Words:
    """Return a text that reads the same in both languages: a name, a number, a date."""
    return Words(str(text), str(text))


def put(zh: str, en: str, **parts: Words) -> Words:
    """Return a phrase with other phrases filled into its `{name}` places."""
    return Words(
        zh.format_map({k: v.zh for k, v in parts.items()}),
        en.format_map({k: v.en for k, v in parts.items()}),
    )


def joined(parts: Sequence[Words], zh: str, en: str) -> Words:
    """Return phrases one after the other, with a separator of each language."""
    return Words(zh.join(p.zh for p in parts), en.join(p.en for p in parts))


def listed(values: Iterable[object]) -> Words:
    """Return values as a list within a sentence."""
    return joined([same(v) for v in values], "、", ", ")


def lines(parts: Iterable[Words]) -> Words:
    """Return phrases as lines of their own."""
    return joined(list(parts), "\n", "\n")


def indented(part: Words, by: str = "  ") -> Words:
    """Return a phrase with each of its lines moved in."""
    return Words(*("\n".join(by + x for x in t.split("\n")) for t in (part.zh, part.en)))


def days(number: int) -> Words:
    """Return a number of days."""
    return Words(f"{number} 天", f"{number} day" if abs(number) == 1 else f"{number} days")


_OPS = {
    Op.LT: ("小于 {a}", "less than {a}"),
    Op.LTE: ("不超过 {a}", "at most {a}"),
    Op.EQ: ("等于 {a}", "equal to {a}"),
    Op.NE: ("不等于 {a}", "other than {a}"),
    Op.GT: ("大于 {a}", "more than {a}"),
    Op.GTE: ("不小于 {a}", "at least {a}"),
    Op.BT: ("在 {a} 至 {b} 之间", "between {a} and {b}"),
    Op.NOT_BT: ("不在 {a} 至 {b} 之间", "not between {a} and {b}"),
}
_DATE_OPS = {
    **_OPS,
    Op.LT: ("早于 {a}", "before {a}"),
    Op.LTE: ("不晚于 {a}", "on or before {a}"),
    Op.EQ: ("为 {a}", "on {a}"),
    Op.NE: ("不为 {a}", "not on {a}"),
    Op.GT: ("晚于 {a}", "after {a}"),
    Op.GTE: ("不早于 {a}", "on or after {a}"),
}


def range_words(asked: NumberRange | DateRange) -> Words:
    """Return what a range asks for."""
    table = _DATE_OPS if isinstance(asked, DateRange) else _OPS
    zh, en = table[asked.op]
    return put(zh, en, a=_value(asked.value), b=_value(asked.extent))


def _value(value: float | date | None) -> Words:
    if isinstance(value, float) and value.is_integer():
        return same(int(value))
    return same("–" if value is None else value)
