"""The mapping bench as its page shows it: a source's columns beside the fields that they fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from qundao.intake.mapping.expression import SyntaxFault, names, parse
from qundao.kernel.errors import QundaoError
from qundao.models import Model, Table
from qundao.node.intake_draft import Outline, RuleOutline, outline

SURE = 0.8
"""From this score on a suggestion is taken with the others that are sure, by one click."""
_EMPTY = Outline("", {}, {}, [], {})
_MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a rule: its value where it has one, else what is suggested, the best first."""

    name: str
    required: bool
    type: str
    value: str
    suggestions: Sequence[Mapping[str, Any]]

    @property
    def missing(self) -> bool:
        """Tell whether it must have a value and has none."""
        return self.required and not self.value

    @property
    def best(self) -> Mapping[str, Any] | None:
        """Return the likeliest suggestion that is not what stands there already."""
        told = [s for s in self.suggestions if s["expression"] != self.value]
        return told[0] if told else None

    @property
    def others(self) -> Sequence[Mapping[str, Any]]:
        """Return the suggestions besides what stands there or, where nothing does, the best."""
        first = None if self.value else self.best
        return [s for s in self.suggestions if s["expression"] != self.value and s is not first]

    @property
    def sure(self) -> bool:
        """Tell whether the field is empty and its best suggestion may be taken with others."""
        best = self.best
        return not self.value and best is not None and best["score"] >= SURE and not best["adapt"]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its fields: those that are missing first, then mapped, then suggested."""

    number: int
    target: str
    line: int
    fields: Sequence[FieldView]
    others: Sequence[str]

    @property
    def missing(self) -> int:
        """Return how many required fields have no value."""
        return sum(f.missing for f in self.fields)


def read_outline(text: str) -> Outline:
    """Return what can be told of a draft; nothing where it is no YAML."""
    try:
        return outline(text)
    except QundaoError:
        return _EMPTY


def sources_of(told: Outline, table: Mapping[str, Any]) -> list[str]:
    """Return the mapping's sources that read a profiled table, by its file's and sheet's name."""
    file, sheet = PurePath(table["source"]).name, table["table"]
    return [
        name
        for name, files in told.sources.items()
        if told.sheets.get(name, sheet) == sheet and any(fnmatch(file, f) for f in files)
    ]


def columns_view(
    table: Mapping[str, Any], rules: Sequence[RuleOutline], vault: Sequence[str]
) -> list[dict[str, Any]]:
    """Return a table's columns, each with the fields that read it; no hidden value is shown."""
    used = dict[str, list[str]]()
    for rule in rules:
        told = [(f"{rule.target}.{field}", text) for field, text in rule.fields.items()]
        for place, text in (*told, *((rule.target, t) for t in rule.besides)):
            for name in set(_names(text)):
                used.setdefault(name, []).append(place)
    return [
        c | {"used": used.get(c["name"], []), "vault": c["name"] in vault} for c in table["columns"]
    ]


def rules_view(
    rules: Sequence[RuleOutline], model: Model, suggested: Sequence[Mapping[str, Any]]
) -> list[RuleView]:
    """Return a source's rules beside the model, those that lack something first."""
    found = [_rule(r, model[r.target], suggested) for r in rules if r.target in model]
    return sorted(found, key=lambda r: -r.missing)


def unruled(
    rules: Sequence[RuleOutline], suggested: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return target tables that the source might fill and no rule does, with a rule to paste."""
    ruled = {r.target for r in rules}
    tables = dict.fromkeys(s["table"] for s in suggested if s["table"] not in ruled)
    return [{"table": t, "fields": [s for s in suggested if s["table"] == t]} for t in tables]


def _rule(rule: RuleOutline, table: Table, suggested: Sequence[Mapping[str, Any]]) -> RuleView:
    own = {s["field"]: s["candidates"] for s in suggested if s["table"] == table.name}
    told = {n.lower(): v for n, v in rule.fields.items()}
    views = [
        FieldView(
            f.name,
            f.required and not rule.same,
            f.kind.value,
            told.get(f.name, ""),
            own.get(f.name, ()),
        )
        for f in table.fields
    ]
    shown = [v for v in views if v.value or v.required or v.suggestions]
    shown.sort(key=lambda v: (not v.missing, not v.value))
    others = [v.name for v in views if v not in shown]
    return RuleView(rule.number, table.name, rule.line, shown, others)


def _names(text: str) -> Iterator[str]:
    """Yield the names that an expression reads, for each `{n}` too; none where it is not one."""
    numbers = range(1, _MOST_GROUPS) if "{n}" in text else (0,)
    for number in numbers:
        try:
            yield from names(parse(text.replace("{n}", str(number))))
        except SyntaxFault:
            return
