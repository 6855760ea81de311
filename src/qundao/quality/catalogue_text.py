"""Reads the compact text of a catalogue into checks.

A heading `[table …]`, then lines `check<=threshold_pct: field field(argument) …`, or, for checks
of single concepts, `check<=threshold_pct field(argument): concept concept …`; a line that starts
with a blank goes on with the one before; `source: …` names where the checks that follow come from.
`(all)`, `(required)`, `(expected)`, `(optional)`, `(key)` and `(integer)` stand for the fields
that the model declares so. A tilde in an argument stands for a blank.

A standard's rules: `rule: id severity category | source | zh | en` opens one, and the checks that
follow, up to the next, apply it. A heading may name several tables, a group (`group name: table
…`) or a part of the model; a check then stands wherever the table has the fields. `--` before a
name is the table's prefix there, `@` in an argument its code in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qundao.kernel.errors import fail
from qundao.kernel.words import Words
from qundao.models.model import Field, Kind, Model, Table
from qundao.quality.check import Check
from qundao.quality.codes import BAD_CATALOGUE
from qundao.quality.condition import read_condition
from qundao.quality.kinds import Category, Level, Severity
from qundao.quality.rulebook import Rule

_LINE = re.compile(r"^(\w+)(?:<=([\d.]+))?(?:\s+(\w+\(.+?\)))?(?::\s*(.+))?$")
_ITEM = re.compile(r"^([\w+]+)(?:\((.*)\))?$")
_HEADING = re.compile(r"^\[([\w ]+)\]\s*(.*)$")
_RULE = re.compile(r"^(\S+) (\w+) (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+)$")
_OWN_PREFIX = re.compile(r"--(?=[a-z])")
_SETS: Mapping[str, Callable[[Field], bool]] = {
    "(all)": lambda _: True,
    "(required)": lambda f: f.required,
    "(expected)": lambda f: f.core == "Exp",
    "(optional)": lambda f: not f.required,
    "(integer)": lambda f: f.kind is Kind.INTEGER,
}
_KEY = "(key)"
_BAR = re.compile(r"\s*\|\s*")


def read_checks(text: str, model: Model) -> tuple[Check, ...]:
    """Read a catalogue's text. Raises `quality.bad_catalogue` with the line."""
    reader = _Reader(model)
    return tuple(check for line in _logical_lines(text) for check in reader.read(line))


def _logical_lines(text: str) -> Iterator[str]:
    whole = re.sub(r"\n[ \t]+", " ", re.sub(r"(?m)^#.*\n?", "", text))
    return (line.strip() for line in whole.splitlines() if line.strip())


@dataclass
class _Reader:
    """What the lines so far have set: the tables, the source, the rule."""

    model: Model
    tables: tuple[str, ...] = ()
    source: str = ""
    rule: Rule | None = None
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, line: str) -> Iterator[Check]:
        word, _, rest = line.partition(" ")
        if line.startswith("["):
            yield from self._heading(line)
        elif word == "source:":
            self.source = rest.strip()
        elif word == "group":
            name, _, tables = rest.partition(":")
            self.groups[name] = self._named(tables.split(), line)
        elif word == "rule:":
            self.rule = _rule(rest)
            self.source = self.rule.source
        else:
            yield from self._checks(line)

    def _heading(self, line: str) -> Iterator[Check]:
        found = _HEADING.match(line)
        if not found:
            raise _malformed(line)
        self.tables = self._named(found.group(1).split(), line)
        if found.group(2):
            yield from self._checks(found.group(2))

    def _named(self, names: list[str], line: str) -> tuple[str, ...]:
        found = [table for name in names for table in self._tables_of(name)]
        if not found:
            raise _malformed(line)
        return tuple(dict.fromkeys(found))

    def _tables_of(self, name: str) -> tuple[str, ...]:
        if name in self.model:
            return (name,)
        parts = tuple(t.name for t in self.model.tables if t.part == name)
        return parts or self.groups.get(name, ())

    def _checks(self, line: str) -> Iterator[Check]:
        if not self.tables:
            raise _malformed(line)
        for name in self.tables:
            yield from self._of_table(line, self.model[name])

    def _of_table(self, line: str, table: Table) -> Iterator[Check]:
        found = _LINE.match(_spelled_out(line, table, self.model))
        if not found:
            raise _malformed(line, table.name)
        check, threshold, one, items = found.groups()
        pct = float(threshold) if threshold else None
        if one:
            field_, argument = _item(one, table)
            for concept in (c.replace("~", " ") for c in (items or "").split()):
                yield Check(
                    check,
                    Level.CONCEPT,
                    table.name,
                    field_,
                    argument,
                    pct,
                    concept,
                    None,
                    self.source,
                )
            return
        for place, argument in _items(items or "", table, lenient=len(self.tables) > 1):
            if self._stands(check, argument, table):
                level = Level.FIELD if place else Level.TABLE
                yield Check(
                    check,
                    level,
                    table.name,
                    place,
                    argument,
                    pct,
                    source=self.source,
                    rule=self.rule,
                )

    def _stands(self, check: str, argument: str, table: Table) -> bool:
        """Tell whether the table has every field; where it is the only one, it must have."""
        missing = [name for name in _OTHERS.get(check, _none)(argument) if name not in table]
        if missing and len(self.tables) == 1:
            raise fail(
                BAD_CATALOGUE, ", ".join(missing), table.name, required="fields of the table"
            )
        return not missing


def _none(_: str) -> tuple[str, ...]:
    return ()


def _in_condition(argument: str) -> tuple[str, ...]:
    return read_condition(argument).own() if argument else ()


_OTHERS: Mapping[str, Callable[[str], Sequence[str]]] = {
    "isConsistent": _in_condition,
    "isOnlyOne": _in_condition,
    "isDeterminedBy": lambda keys: [k for k in keys.split("+") if k],
}
"""Which other fields of the row an argument names, by kind of check."""


def _rule(text: str) -> Rule:
    found = _RULE.match(text)
    if not found:
        raise _malformed(text)
    id_, severity, category, source, zh, en = found.groups()
    try:
        return Rule(id_, Severity(severity), Category(category), source, Words(zh, en))
    except ValueError as error:
        raise fail(BAD_CATALOGUE, text, required=str(error)) from error


def _malformed(line: str, where: str = "") -> Exception:
    form = "[table of the model], then check<=percent: field(argument) …"
    return fail(BAD_CATALOGUE, line, where, required=form)


def _spelled_out(line: str, table: Table, model: Model) -> str:
    """Put the table's prefix for `--` and its code for `@`, which are CDISC's ways to write."""
    if model.standard != "cdisc":
        return line
    code = table.name.removeprefix("supp")
    return _OWN_PREFIX.sub(code, line).replace("@", code.upper())


def _items(text: str, table: Table, *, lenient: bool = False) -> Iterator[tuple[str | None, str]]:
    if not text or text.startswith("="):
        yield None, text.removeprefix("=").strip()
        return
    for item in _split(text):
        if item == _KEY:
            yield "+".join(table.keys), ""
        elif item in _SETS:
            yield from ((f.name, "") for f in table.fields if _SETS[item](f))
        elif not lenient or _has(item, table):
            yield _item(item, table)


def _split(text: str) -> Iterator[str]:
    """Yield the items: what blanks part, but for those in parentheses."""
    item, depth = "", 0
    for sign in text + " ":
        depth += (sign == "(") - (sign == ")")
        if not sign.isspace() or depth:
            item += sign
        elif item:
            yield item
            item = ""


def _has(item: str, table: Table) -> bool:
    found = _ITEM.match(item)
    return bool(found) and all(name in table for name in item.partition("(")[0].split("+"))


def _item(item: str, table: Table) -> tuple[str, str]:
    found = _ITEM.match(item)
    if not found or any(name not in table for name in found.group(1).split("+")):
        raise fail(BAD_CATALOGUE, item, table.name, required="a field of the table")
    argument = _BAR.sub("|", found.group(2) or "")
    return found.group(1), argument.replace("~", " ")
