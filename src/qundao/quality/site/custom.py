"""A site's own checks: one of the kinds that exist at another place, or a condition over a row.

They become values like any other check, so that they share the scan of their table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TypeVar

from qundao.kernel.words import Words
from qundao.quality.check import Check
from qundao.quality.kinds import KINDS, Category, Kind, Level, Severity
from qundao.quality.rulebook import Rule
from qundao.quality.site.conditions import Held, check_condition
from qundao.quality.site.entries import Entry

CONDITION = "siteCondition"
_OURS = "QD-"
_SOURCE = "site"
_REQUIRED = ("id", "table", "field", "words")
_OPTIONAL = (
    "kind",
    "argument",
    "violated",
    "counted",
    "threshold_pct",
    "severity",
    "category",
    "source",
)
_NOTHING, _FIELD, _TARGET = r"^$", r"^\w+$", r"^\w+\.\w+$"
_TERMS = r"^[^|]+(\|[^|]+)*$"
_BOUND = r"^(-?\d+(\.\d+)?|\d{4}-\d{2}-\d{2}|next_year|tomorrow)$"
ARGUMENTS: Mapping[str, tuple[str, Words]] = {
    "cdmDatatype": (_NOTHING, Words("无", "none")),
    "isRequired": (_NOTHING, Words("无", "none")),
    "isPrimaryKey": (_NOTHING, Words("无", "none")),
    "isIso8601": (_NOTHING, Words("无", "none")),
    "isForeignKey": (_TARGET, Words("表.字段", "table.field")),
    "isControlledTerm": (_TERMS, Words("值|值|…", "value|value|…")),
    "hasValues": (_TERMS, Words("值|值|…", "value|value|…")),
    "isDeterminedBy": (r"^(\w+(\+\w+)*)?$", Words("字段+字段 或空", "field+field, or nothing")),
    "measureValueCompleteness": (_NOTHING, Words("无", "none")),
    "standardConceptRecordCompleteness": (_NOTHING, Words("无", "none")),
    "sourceConceptRecordCompleteness": (_NOTHING, Words("无", "none")),
    "isStandardValidConcept": (_NOTHING, Words("无", "none")),
    "fkDomain": (r"^.+$", Words("领域名", "a domain's name")),
    "fkClass": (r"^.+$", Words("概念类别名", "a concept class")),
    "plausibleValueLow": (_BOUND, Words("数或日期", "a number or a date")),
    "plausibleValueHigh": (_BOUND, Words("数或日期", "a number or a date")),
    "plausibleStartBeforeEnd": (_FIELD, Words("同一表的字段", "a field of the same table")),
    "plausibleAfterBirth": (_NOTHING, Words("无", "none")),
    "plausibleBeforeDeath": (_NOTHING, Words("无", "none")),
    "withinVisitDates": (_NOTHING, Words("无", "none")),
    "withinObservationPeriod": (_NOTHING, Words("无", "none")),
}
"""The kinds that a site may use, each with the form of its argument."""


def read_custom(entry: Entry, held: Held) -> Check | None:
    """Return the check that an entry tells, or None; the defects are noted on the entry."""
    entry.check_fields(_REQUIRED, _OPTIONAL)
    kind = _kind(entry)
    rule = _rule(entry, kind)
    table, field = _place(entry, held)
    if kind is KINDS[CONDITION]:
        argument = _condition(entry, table, held)
    else:
        argument = _argument(entry, kind)
    threshold = entry.percent("threshold_pct")
    if rule is None or entry.problems:
        return None
    return Check(
        kind.name, Level.FIELD, table, field, argument, threshold, source=rule.source, rule=rule
    )


def _kind(entry: Entry) -> Kind:
    name = entry.text("kind") or CONDITION
    if name != CONDITION and name not in ARGUMENTS:
        known = ", ".join(ARGUMENTS)
        entry.note("kind", name, Words(f"种类之一：{known}", f"one of the kinds {known}"))
    return KINDS.get(name, KINDS[CONDITION])


def _rule(entry: Entry, kind: Kind) -> Rule | None:
    severity = _one_of(entry, "severity", tuple(Severity)) or kind.severity
    category = _one_of(entry, "category", tuple(Category)) or kind.category
    words, id_ = _words(entry), entry.text("id")
    if id_.startswith(_OURS):
        entry.note("id", id_, Words("不以 QD- 开头的编号", "an id that does not begin with QD-"))
    try:
        return Rule(id_, severity, category, entry.text("source") or _SOURCE, words)
    except ValueError:
        entry.note("id", id_, Words("如 XH-LAB-0001 的编号", "an id like XH-LAB-0001"))
        return None


_Told = TypeVar("_Told", Severity, Category)


def _one_of(entry: Entry, name: str, known: tuple[_Told, ...]) -> _Told | None:
    text = entry.text(name)
    found = next((one for one in known if one.value == text), None)
    if text and found is None:
        names = ", ".join(known)
        entry.note(name, text, Words(f"其中之一：{names}", f"one of {names}"))
    return found


def _words(entry: Entry) -> Words:
    """Return what a violated row is, in both languages."""
    value = entry.fields.get("words")
    told = value.held if value is not None and isinstance(value.held, dict) else {}
    zh, en = (told[k].text if k in told else None for k in ("zh", "en"))
    if zh and en and told.keys() == {"zh", "en"}:
        return Words(zh, en)
    if value is not None:
        entry.note("words", ", ".join(told), Words("zh 与 en 两种文字", "text in both zh and en"))
    return KINDS[CONDITION].words


def _place(entry: Entry, held: Held) -> tuple[str, str]:
    table, field = entry.text("table").lower(), entry.text("field").lower()
    if table and table not in held.fields:
        near = ", ".join(get_close_matches(table, held.fields)) or "–"
        entry.note("table", table, Words(f"有的表（相近：{near}）", f"a table (near: {near})"))
    elif field:
        for name in field.split("+"):
            _known_field(entry, "field", name, held.fields.get(table, ()))
    return table, field


def _known_field(entry: Entry, where: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = ", ".join(get_close_matches(name, known)) or "–"
        entry.note(
            where, name, Words(f"该表的字段（相近：{near}）", f"a field of it (near: {near})")
        )


def _argument(entry: Entry, kind: Kind) -> str:
    text = entry.text("argument")
    form, required = ARGUMENTS.get(kind.name, ("", Words("–", "–")))
    if form and not re.match(form, text):
        entry.note("argument", text, required)
    for name in ("violated", "counted"):
        if name in entry.fields:
            entry.note(name, name, Words("不写 kind 时才用", "used only without a kind"))
    return text


def _condition(entry: Entry, table: str, held: Held) -> str:
    """Return `counted => violated`, or `violated` alone, once both are found harmless."""
    if "violated" not in entry.fields:
        required = Words("violated 中的条件，或一个 kind", "a condition in violated, or a kind")
        entry.note("violated", "", required)
    parts = [entry.text(name) for name in ("counted", "violated") if name in entry.fields]
    for name in ("counted", "violated"):
        if name in entry.fields:
            check_condition(entry, name, table, held)
    return " => ".join(parts)
