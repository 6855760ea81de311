"""From population to form: the way back, and which parts the form has no place for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from qundao.hub.cohorts.builder.choices import SHOWN_DOMAINS
from qundao.hub.cohorts.builder.make import MOST_CRITERIA, make
from qundao.hub.cohorts.builder.tree import DEEPEST, MOST_ITEMS, Tree, whole
from qundao.hub.cohorts.builder.units import written
from qundao.kernel.words import Words
from qundao.query import (
    Aged,
    Anchor,
    Coded,
    ContinuousExposure,
    Criterion,
    Distinct,
    FixedOffset,
    Gender,
    Group,
    Near,
    NumberRange,
    Numeric,
    Population,
    Window,
)
from qundao.query.words.criteria import attribute_words


@dataclass(frozen=True, slots=True)
class Shown:
    """A population as a form, and the parts that the form cannot show (none: it shows all)."""

    form: Tree
    beyond: tuple[Words, ...]


def show(population: Population) -> Shown:
    """Return the form of a population. With `beyond`, the form leaves something out."""
    shower = _Shower(population)
    form = whole(shower.form())
    if not shower.beyond and make(form).population != population:
        shower.no("其他写法", "another way of writing")
    return Shown(form, tuple(dict.fromkeys(shower.beyond)))


@dataclass
class _Shower:
    """Writes one population as a form."""

    population: Population
    beyond: list[Words] = field(default_factory=list)

    def form(self) -> Tree:
        """Return the form, noting on the way what has no place in it."""
        held = self.population
        seen = held.entry.observation
        if seen is None:
            self.no("入组不限观察期", "entry outside observation")
        if held.period is not None:
            self.no("日历期间", "a calendar period")
        if sum(len(s.items) for s in held.concept_sets) > MOST_ITEMS:
            self.no(f"多于 {MOST_ITEMS} 个概念", f"more than {MOST_ITEMS} concepts")
        if len(held.criteria) > MOST_CRITERIA:
            self.no(f"多于 {MOST_CRITERIA} 个条件", f"more than {MOST_CRITERIA} criteria")
        return {
            "name_zh": held.name,
            "prior": seen.prior_days if seen else 0,
            "post": seen.post_days if seen else 0,
            "entry_limit": held.entry.limit,
            "qualified_limit": held.qualified_limit,
            "included_limit": held.included_limit,
            "collapse": held.collapse_days,
            **self._exit(),
            "sets": [self._set(i) for i in range(len(held.concept_sets))],
            "entry": [self._criterion(c) for c in held.entry.criteria],
            "additional": self._group(held.additional, 0) if held.additional else {},
            "rules": [{"name": r.name, "group": self._group(r.group, 0)} for r in held.rules],
            "censoring": [self._criterion(c) for c in held.censoring],
        }

    def _set(self, number: int) -> Tree:
        one = self.population.concept_sets[number]
        items = [
            {
                "id": i.concept_id,
                "descendants": "yes" if i.descendants else "",
                "mapped": "yes" if i.mapped else "",
                "excluded": "yes" if i.excluded else "",
            }
            for i in one.items
        ]
        return {"key": f"s{number}", "name": one.name, "items": items}

    def _key(self, name: str | None) -> str:
        names = [s.name for s in self.population.concept_sets]
        return "" if name is None else f"s{names.index(name)}"

    def _exit(self) -> Tree:
        leaving = self.population.exit
        match leaving:
            case FixedOffset():
                told = {"exit": "fixed", "exit_anchor": leaving.anchor, "exit_days": leaving.days}
            case ContinuousExposure():
                if leaving.supply_days is not None or leaving.days_after < 0:
                    self.no("按固定供药天数退出", "an exit by days of supply")
                told = {
                    "exit": "drug",
                    "exit_set": self._key(leaving.concepts),
                    "exit_gap": leaving.gap_days,
                    "exit_after": leaving.days_after,
                }
            case _:
                told = {}
        return told

    def _criterion(self, asked: Criterion) -> Tree:
        if asked.domain not in SHOWN_DOMAINS:
            self.no("居住地区", "regions of residence")
        for part, zh, en in (
            (asked.near, "事件自身的附加条件", "criteria about an event itself"),
            (asked.source_concepts, "源代码的概念集", "concept sets of source codes"),
            (asked.dates, "改动事件日期", "shifted dates"),
            (asked.within, "指定的日期段", "given dates within a period"),
        ):
            if part is not None:
                self.no(zh, en)
        told = {
            "domain": asked.domain,
            "set": self._key(asked.concepts),
            "first": "first" if asked.first else "",
        }
        return told | self._attributes(asked.where)

    def _attributes(self, where: tuple[Any, ...]) -> Tree:
        told: Tree = {}
        for attribute in where:
            found = _attribute(attribute)
            if found is None or told.keys() & found.keys() or not _in_order(told, found):
                self.no(*_name(attribute))
            else:
                told |= found
        if "unit" in told and "measure" not in told:
            self.no("没有数值的单位", "a unit without a value")
        return told

    def _group(self, group: Group, depth: int) -> Tree:
        if depth > DEEPEST:
            self.no("更深的分组", "groups nested deeper")
            return {}
        if not group.parts:
            self.no("空的分组", "groups without parts")
        return {
            "mode": group.mode,
            "count": 1 if group.count is None else group.count,
            **self._attributes(group.person),
            "events": [self._near(n) for n in group.events],
            "groups": [self._group(g, depth + 1) for g in group.groups],
        }

    def _near(self, near: Near) -> Tree:
        if near.distinct is not Distinct.EVENT:
            self.no("按不同概念、日期等计数", "counting distinct things")
        if near.second_window is not None or not _plain(near.window):
            self.no("两个时间窗", "two windows")
        if near.same_visit:
            self.no("同一次就诊", "the same visit")
        return {
            **self._criterion(near.criterion),
            "counting": near.counting,
            "count": near.count,
            **_side("from", near.window.first_day),
            **_side("to", near.window.last_day),
            "index": near.window.index,
            "event": near.window.event,
            "outside": "yes" if near.outside_observation else "",
        }

    def no(self, zh: str, en: str) -> None:
        """Note a part that the form has no place for."""
        self.beyond.append(Words(zh, en))


_ORDER = ("measure", "unit", "age_op", "sex")


def _in_order(told: Tree, found: Tree) -> bool:
    """Tell whether an attribute stands where the form would write it."""
    last = max((_ORDER.index(k) for k in told if k in _ORDER), default=-1)
    return all(_ORDER.index(k) > last for k in found if k in _ORDER)


def _attribute(attribute: Any) -> Tree | None:
    match attribute:
        case Numeric():
            return {"measure": attribute.field, **_range("", attribute.range)}
        case Aged(anchor=Anchor.START):
            return _range("age_", attribute.range)
        case Gender(concepts=(one,)) if one in (8507, 8532):
            return {"sex": one}
        case Coded(field="unit", negated=False):
            return {"unit": ", ".join(map(written, attribute.concepts))}
    return None


def _range(prefix: str, asked: NumberRange) -> Tree:
    told = {f"{prefix}op": asked.op, f"{prefix}a": _text(asked.value)}
    return told | ({} if asked.extent is None else {f"{prefix}b": _text(asked.extent)})


def _text(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _plain(window: Window) -> bool:
    """Tell whether the open sides of a window reach to their own ends of observation."""
    return (window.first_open, window.last_open) == (Anchor.START, Anchor.END)


def _side(name: str, day: int | None) -> Tree:
    if day is None:
        return {name: "", f"{name}_side": "before"}
    return {name: abs(day), f"{name}_side": "before" if day <= 0 else "after"}


def _name(attribute: Any) -> tuple[str, str]:
    words = attribute_words(attribute)
    return words.zh, words.en
