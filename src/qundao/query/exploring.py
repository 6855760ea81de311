"""Which populations may be counted before any approval, and what is counted of them.

Noise and budget hold for any population: one person changes its count by one at most. What this
coarse subset takes away is aim: no calendar dates, no texts, ages at the edges of bands, values
of two significant digits, days and counts from short lists, few criteria, and of domains and
attributes only those of a closed list (none of where people live, who pays, how it was recorded,
or which code the source had). What holds for everybody is refused or no new question. Whether a
population is refused depends on the definition alone, never on its answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from qundao.kernel.errors import Problem, problem
from qundao.query.codes import TOO_FINE
from qundao.query.criteria import (
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    Counting,
    Criterion,
    Dated,
    DateShift,
    Distinct,
    Near,
    Numeric,
    PersonBySet,
    PersonCoded,
    PersonField,
    Textual,
    Window,
)
from qundao.query.domains import ERA_LENGTH, HIGH_RATIO, LOW_RATIO, Domain
from qundao.query.population import FixedOffset, Observation, Population
from qundao.query.predicate import AGE_BANDS
from qundao.query.values import NumberRange, Op, Period
from qundao.query.walking import parts

MOST_CRITERIA = 6
MOST_CONCEPTS = 500
DAYS = (0, 1, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1825, 3650)
COUNTS = (0, 1, 2, 3, 5, 10)
AGES = tuple(low for low, _ in AGE_BANDS.values())
_LISTED_DAYS = ", ".join(map(str, DAYS))
_LISTED_COUNTS = ", ".join(map(str, COUNTS))
_LISTED_AGES = ", ".join(map(str, AGES))
_PLAIN_OPS = (Op.LT, Op.LTE, Op.GT, Op.GTE, Op.BT)
_Found = Iterator[Problem]


def counted(population: Population) -> Population:
    """Return what exploring counts of a population: who enters, whenever they leave."""
    leaving = FixedOffset(Anchor.START)
    return replace(population, exit=leaving, censoring=(), collapse_days=0)


def exploring_refusals(population: Population) -> tuple[Problem, ...]:
    """Return every part that is too fine to be counted before approval: `query.too_fine`."""
    asked = counted(population)
    return (*_size(asked), *(p for path, part in parts(asked) for p in _part(path, part)))


def _size(asked: Population) -> _Found:
    criteria = len(asked.criteria)
    if criteria > MOST_CRITERIA:
        zh, en = f"至多 {MOST_CRITERIA} 个条件", f"at most {MOST_CRITERIA} criteria"
        yield _fine("$", criteria, zh, en)
    concepts = sum(len(s.items) for s in asked.concept_sets)
    if concepts > MOST_CONCEPTS:
        zh, en = f"至多 {MOST_CONCEPTS} 个概念", f"at most {MOST_CONCEPTS} concepts"
        yield _fine("$.concept_sets", concepts, zh, en)


def _part(path: str, part: Any) -> _Found:
    if type(part) in _NEVER:
        yield _fine(path, type(part).__name__, *_NEVER[type(part)])
    elif type(part) in _CHECKS:
        yield from _CHECKS[type(part)](path, part)


_NEVER: Mapping[type, tuple[str, str]] = {
    Dated: ("不含日历日期", "no calendar dates"),
    Period: ("不含日历日期", "no calendar dates"),
    DateShift: ("不改动事件日期", "the event's own dates"),
    Textual: ("不含文本条件", "no conditions on text"),
    CodedBySet: ("代码直接写出", "codes written out"),
    PersonBySet: ("性别用代码直接写出", "sex as a code"),
}


def _person(path: str, part: PersonCoded) -> _Found:
    if part.field is not PersonField.GENDER:
        yield _fine(path, part.field, "人口学条件只限性别与年龄段", "sex and age bands only")


def _criterion(path: str, part: Criterion) -> _Found:
    if part.domain not in _ATTRIBUTES:
        listed = ", ".join(_ATTRIBUTES)
        yield _fine(path, part.domain, f"以下各类之一：{listed}", f"one of {listed}")
        return
    if part.source_concepts is not None:
        zh, en = "标准概念，不用源代码", "standard concepts, no source codes"
        yield _fine(f"{path}.source_concepts", part.source_concepts, zh, en)
    allowed = _ATTRIBUTES[part.domain]
    names = [a.field for a in part.where if isinstance(a, Numeric | Coded)]
    for name in names:
        if name not in allowed:
            listed = ", ".join(sorted(allowed)) or "–"
            yield _fine(f"{path}.where", name, f"属性只限 {listed}", f"of attributes {listed} only")
    for name, times in Counter(names).items():
        if times > 1:
            yield _fine(f"{path}.where", name, "每个属性一个条件", "one condition on an attribute")


_RESULT = frozenset(("value_as_number", "value", "unit", "visit"))
_LENGTH = frozenset((ERA_LENGTH, "occurrence_count"))
_ATTRIBUTES: Mapping[Domain, frozenset[str]] = {
    Domain.CONDITION: frozenset(("status", "visit")),
    Domain.CONDITION_ERA: _LENGTH,
    Domain.DRUG: frozenset(("route", "days_supply", "visit")),
    Domain.DRUG_ERA: _LENGTH,
    Domain.PROCEDURE: frozenset(("visit",)),
    Domain.DEVICE: frozenset(("visit",)),
    Domain.MEASUREMENT: _RESULT | {LOW_RATIO, HIGH_RATIO},
    Domain.OBSERVATION: _RESULT,
    Domain.VISIT: frozenset((ERA_LENGTH,)),
    Domain.DEATH: frozenset(),
}
"""The closed list: what is not in it is not counted before approval."""


def _aged(path: str, part: Aged) -> _Found:
    asked = part.range
    lows = {Op.GTE: [asked.value], Op.LT: [asked.value], Op.GT: [asked.value + 1]}
    lows |= {Op.LTE: [asked.value + 1], Op.BT: [asked.value, (asked.extent or 0) + 1]}
    edges = lows.get(asked.op, [-1.0])
    everybody = asked.op is not Op.BT and 0 in edges
    if everybody or not all(v in AGES for v in edges):
        zh, en = f"年龄在分档边上：{_LISTED_AGES}", f"ages at the edges {_LISTED_AGES}"
        yield _fine(f"{path}.range", _shown(asked), zh, en)


def _numeric(path: str, part: Numeric) -> _Found:
    asked = part.range
    ends = [v for v in (asked.value, asked.extent) if v is not None]
    point = asked.op is Op.BT and asked.value == asked.extent
    if point or asked.op not in _PLAIN_OPS or any(float(f"{v:.2g}") != v for v in ends):
        zh, en = "至多两位有效数字的大小比较", "comparisons with two significant digits at most"
        yield _fine(f"{path}.range", _shown(asked), zh, en)


def _window(path: str, part: Window) -> _Found:
    for name in ("first_day", "last_day"):
        day = getattr(part, name)
        if day is not None and abs(day) not in DAYS:
            yield _days(f"{path}.{name}", day)


def _observation(path: str, part: Observation) -> _Found:
    for name in ("prior_days", "post_days"):
        day = getattr(part, name)
        if day not in DAYS:
            yield _days(f"{path}.{name}", day)


def _near(path: str, part: Near) -> _Found:
    if part.count not in COUNTS or (part.counting is Counting.EXACTLY and part.count):
        zh = f"次数取自 {_LISTED_COUNTS}；“恰好”只用于 0 次"
        yield _fine(path, f"{part.counting} {part.count}", zh, f"counts of {_LISTED_COUNTS}, "
                    "exactly for none only")  # fmt: skip
    if part.counting is Counting.AT_LEAST and part.count == 0:
        yield _fine(path, f"{part.counting} 0", "至少 1 次", "at least 1")
    if part.second_window is not None or part.distinct is not Distinct.EVENT:
        zh, en = "一个时间窗，按事件计数", "one window, events counted"
        yield _fine(path, part.distinct, zh, en)


_CHECKS: Mapping[type, Callable[[str, Any], _Found]] = {
    Criterion: _criterion,
    PersonCoded: _person,
    Aged: _aged,
    Numeric: _numeric,
    Window: _window,
    Observation: _observation,
    Near: _near,
}


def _days(where: str, received: int) -> Problem:
    return _fine(where, received, f"天数取自 {_LISTED_DAYS}", f"days from {_LISTED_DAYS}")


def _shown(asked: NumberRange) -> str:
    end = "" if asked.extent is None else f" … {asked.extent:g}"
    return f"{asked.op} {asked.value:g}{end}"


def _fine(where: str, received: object, zh: str, en: str) -> Problem:
    return problem(TOO_FINE, received, where, required_zh=zh, required_en=en)
