"""From form to population. What is not complete is told with its field and left out of the rest,
so that the sentence beside the form always says as much as can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from qundao.hub.cohorts.builder.tree import Tree
from qundao.hub.cohorts.builder.units import parts_of, units_called
from qundao.hub.cohorts.codes import BAD_ENTRY, TOO_MUCH
from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.query import (
    DOMAINS,
    Aged,
    Anchor,
    Coded,
    ConceptItem,
    ConceptSet,
    ContinuousExposure,
    Counting,
    Criterion,
    Domain,
    EndOfObservation,
    Entry,
    FixedOffset,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    Op,
    Population,
    Rule,
    Window,
)
from qundao.query.criteria import Attribute, Demographic
from qundao.query.population import Exit
from qundao.query.values import LONGEST_DAYS

T = TypeVar("T")
MOST_CRITERIA = 60


@dataclass(frozen=True, slots=True)
class Made:
    """What a form means: as much of the population as is complete, and what is not."""

    population: Population | None
    problems: tuple[Problem, ...]


def make(form: Tree, units: Callable[[str], tuple[int, ...]] = units_called) -> Made:
    """Return the population of a form with every defect, each at its field's name.

    `units` returns the unit concepts that are written or called so.
    """
    maker = _Maker(form, units)
    population = maker.population()
    return Made(population, tuple(maker.problems))


@dataclass
class _Maker:
    """Makes one form's population, and collects what is not complete."""

    form: Tree
    units: Callable[[str], tuple[int, ...]]
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    criteria: int = 0

    def population(self) -> Population | None:
        """Return the population; None without an entry event."""
        form = self.form
        sets = tuple(self._sets())
        entry = self._entry()
        name = form["name_zh"] or form["name_en"]
        if not name:
            self._bad(
                "name_zh", "", "名称，中文或英文填一个即可", "a name, in Chinese or in English"
            )
        rules = tuple(self._rules())
        additional = self._group(form["additional"], "additional")
        leaving = self._exit()
        censoring = tuple(self._events(form["censoring"], "censoring"))
        collapse = self._days("collapse") or 0
        if entry is None:
            return None
        return self._try(
            "name_zh",
            lambda: Population(
                name or "–",
                sets,
                entry,
                additional,
                self._limit("qualified_limit") if additional is not None else Limit.ALL,
                rules,
                self._limit("included_limit"),
                leaving,
                censoring,
                collapse,
            ),
        )

    # --- parts of the whole ----------------------------------------------------------------

    def _sets(self) -> Iterator[ConceptSet]:
        for i, one in enumerate(self.form["sets"]):
            where = f"sets.{i}"
            items = tuple(self._items(one, where))
            if one["name"] in self.names.values():
                self._bad(f"{where}.name", one["name"], "互不相同的名称", "names that differ")
                continue
            made = self._try(f"{where}.name", partial(ConceptSet, one["name"], items))
            if made is not None:
                self.names[one["key"]] = made.name
                yield made

    def _items(self, one: Tree, where: str) -> Iterator[ConceptItem]:
        for j, item in enumerate(one["items"]):
            concept = self._whole(f"{where}.items.{j}.id", item["id"], 2**31 - 1)
            flags = (bool(item[k]) for k in ("descendants", "mapped", "excluded"))
            if concept is not None:
                yield ConceptItem(concept, *flags)

    def _entry(self) -> Entry | None:
        criteria = tuple(self._events(self.form["entry"], "entry"))
        seen = Observation(self._days("prior") or 0, self._days("post") or 0)
        if not criteria:
            if not self.form["entry"]:
                self._bad("entry", "", "至少一个入组事件", "at least one entry event")
            return None
        return Entry(criteria, seen, self._limit("entry_limit"))

    def _rules(self) -> Iterator[Rule]:
        taken: set[str] = set()
        for i, rule in enumerate(self.form["rules"]):
            where = f"rules.{i}"
            before = len(self.problems)
            group = self._group(rule["group"], f"{where}.group")
            if rule["name"] in taken:
                self._bad(f"{where}.name", rule["name"], "互不相同的名称", "names that differ")
                continue
            taken.add(rule["name"])
            if group is None:
                if len(self.problems) == before:  # else what is wrong inside has been told
                    self._bad(where, "", "至少一个条件", "at least one criterion")
                continue
            made = self._try(f"{where}.name", partial(Rule, rule["name"], group))
            if made is not None:
                yield made

    def _exit(self) -> Exit:
        kind = self.form["exit"]
        if kind == "fixed":
            days = self._days("exit_days", lowest=-LONGEST_DAYS)
            return FixedOffset(Anchor(self._one_of("exit_anchor", Anchor)), days or 0)
        if kind == "drug":
            return self._exposure()
        return EndOfObservation()

    def _exposure(self) -> Exit:
        named = self.names.get(self.form["exit_set"])
        gap, after = self._days("exit_gap"), self._days("exit_after")
        if named is None:
            self._bad("exit_set", "", "一个药物概念集", "a concept set of drugs")
            return EndOfObservation()
        return ContinuousExposure(named, gap or 0, after or 0)

    # --- events and groups -----------------------------------------------------------------

    def _events(self, listed: list[Tree], where: str) -> Iterator[Criterion]:
        for i, event in enumerate(listed):
            made = self._criterion(event, f"{where}.{i}")
            if made is not None:
                yield made

    def _criterion(self, event: Tree, where: str) -> Criterion | None:
        self.criteria += 1
        if self.criteria == MOST_CRITERIA + 1:
            zh, en = f"至多 {MOST_CRITERIA} 个条件", f"at most {MOST_CRITERIA} criteria"
            self.problems.append(problem(TOO_MUCH, self.criteria, where, zh=zh, en=en))
        before = len(self.problems)
        domain = self._one_of(f"{where}.domain", Domain, event["domain"])
        named = self.names.get(event["set"]) if event["set"] else None
        if event["set"] and named is None:
            self._bad(f"{where}.set", "", "表单中的概念集", "a concept set of this form")
        attributes = tuple(self._attributes(event, where, Domain(domain)))
        if len(self.problems) > before:
            return None
        first = event["first"] == "first"
        return self._try(
            f"{where}.domain", lambda: Criterion(Domain(domain), named, first, attributes)
        )

    def _attributes(self, event: Tree, where: str, domain: Domain) -> Iterator[Attribute]:
        if event["measure"] in DOMAINS[domain].numbers:
            asked = self._range(event, where)
            if asked is not None:
                yield Numeric(event["measure"], asked)
            if event["unit"] and "unit" in DOMAINS[domain].codes:
                units = self._units(f"{where}.unit", event["unit"])
                if units:
                    yield Coded("unit", units)
        yield from self._person(event, where)

    def _person(self, held: Tree, where: str) -> Iterator[Aged | Gender]:
        age = self._range(held, where, "age_")
        if age is not None:
            yield Aged(Anchor.START, age)
        if held["sex"]:
            sex = self._concepts(f"{where}.sex", held["sex"])
            if sex:
                yield Gender(sex)

    def _range(self, held: Tree, where: str, prefix: str = "") -> NumberRange | None:
        if not held[f"{prefix}op"]:
            return None
        op = Op(self._one_of(f"{where}.{prefix}op", Op, held[f"{prefix}op"]))
        first = self._number(f"{where}.{prefix}a", held[f"{prefix}a"])
        second = self._number(f"{where}.{prefix}b", held[f"{prefix}b"]) if op.two_ended else None
        if first is None or (op.two_ended and second is None):
            return None
        return self._try(f"{where}.{prefix}b", lambda: NumberRange(op, first, second))

    def _group(self, held: Tree, where: str) -> Group | None:
        """Return a group; None where nothing is asked."""
        events = tuple(self._nears(held["events"], f"{where}.events"))
        person: tuple[Demographic, ...] = tuple(self._person(held, where))
        listed = (self._group(g, f"{where}.groups.{i}") for i, g in enumerate(held["groups"]))
        groups = tuple(g for g in listed if g is not None)
        mode = Mode(self._one_of(f"{where}.mode", Mode, held["mode"]))
        counted = mode in (Mode.AT_LEAST, Mode.AT_MOST)
        count = self._whole(f"{where}.count", held["count"], 1000) if counted else None
        if not (events or person or groups) or (counted and count is None):
            return None
        return Group(mode, events, person, groups, count)

    def _nears(self, listed: list[Tree], where: str) -> Iterator[Near]:
        for i, event in enumerate(listed):
            made = self._near(event, f"{where}.{i}")
            if made is not None:
                yield made

    def _near(self, event: Tree, where: str) -> Near | None:
        criterion = self._criterion(event, where)
        first, last = self._side(event, where, "from"), self._side(event, where, "to")
        index = Anchor(self._one_of(f"{where}.index", Anchor, event["index"]))
        ends = Anchor(self._one_of(f"{where}.event", Anchor, event["event"]))
        window, outside = Window(first, last, index, ends), bool(event["outside"])
        counting = Counting(self._one_of(f"{where}.counting", Counting, event["counting"]))
        count = self._whole(f"{where}.count", event["count"], 100_000)
        if criterion is None or count is None:
            return None
        return self._try(
            f"{where}.count",
            lambda: Near(criterion, window, counting, count, outside_observation=outside),
        )

    def _side(self, event: Tree, where: str, name: str) -> int | None:
        """Return a side of a window in days from the entry; an empty one is open."""
        if not event[name]:
            return None
        days = self._whole(f"{where}.{name}", event[name], LONGEST_DAYS)
        return None if days is None else -days if event[f"{name}_side"] == "before" else days

    # --- single fields ---------------------------------------------------------------------

    def _limit(self, name: str) -> Limit:
        return Limit(self._one_of(name, Limit))

    def _one_of(self, where: str, kind: Any, value: str | None = None) -> str:
        """Return a chosen value; one that was not offered is told, and the first stands for it."""
        chosen = self.form[where] if value is None else value
        known = [m.value for m in kind]
        if chosen not in known:
            listed = ", ".join(known)
            self._bad(where, chosen, f"以下之一：{listed}", f"one of {listed}")
            return str(known[0])
        return str(chosen)

    def _days(self, name: str, lowest: int = 0) -> int | None:
        return self._whole(name, self.form[name], LONGEST_DAYS, lowest)

    def _whole(self, where: str, text: str, most: int, lowest: int = 0) -> int | None:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 12:
            self._bad(where, text, "整数", "a whole number")
            return None
        if not lowest <= int(text) <= most:
            self._bad(where, text, f"{lowest} 至 {most}", f"{lowest} to {most}")
            return None
        return int(text)

    def _number(self, where: str, text: str) -> float | None:
        try:
            number = float(text)
        except ValueError:
            self._bad(where, text, "一个数", "a number")
            return None
        if not abs(number) < 1e15:
            self._bad(where, text, "有限的数", "a finite number")
            return None
        return number

    def _concepts(self, where: str, text: str) -> tuple[int, ...]:
        found = [self._whole(where, t, 2**31 - 1) for t in parts_of(text)]
        return tuple(c for c in found if c is not None)

    def _units(self, where: str, text: str) -> tuple[int, ...]:
        """Return units that are written as UCUM has them, by their names, or as concept ids."""
        found: list[int] = []
        for one in parts_of(text):
            if one.isdecimal():
                found += self._concepts(where, one)
            elif known := self.units(one):
                found += known
            else:
                zh = "已知的单位：UCUM 写法（如 g/dL）、名称或概念编号"
                self._bad(where, one, zh, "a known unit: in UCUM (g/dL), its name, or a concept id")
        return tuple(dict.fromkeys(found))

    def _try(self, where: str, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except QundaoError as error:
            self.problems += [_moved(p, where) for p in error.problems]
            return None

    def _bad(self, where: str, received: str, zh: str, en: str) -> None:
        self.problems.append(problem(BAD_ENTRY, received, where, zh=zh, en=en))


def _moved(found: Problem, where: str) -> Problem:
    """Return a problem of the language as one of the form, at its field."""
    facts: Mapping[str, str] = dict(found.facts)
    zh, en = facts.get("required_zh", ""), facts.get("required_en", "")
    return problem(BAD_ENTRY, found.received, where, zh=zh, en=en)
