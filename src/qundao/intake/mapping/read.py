"""Reads a mapping from YAML: every defect is told at once, with its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from qundao.intake.codes import BAD_MAPPING
from qundao.intake.mapping.document import (
    CodeList,
    Each,
    FieldRule,
    IdentityRule,
    Mapping,
    RejectRule,
    SourceRule,
    TableRule,
)
from qundao.intake.mapping.expression import Call, Literal, Name, Node, SyntaxFault, calls, parse
from qundao.intake.mapping.functions import FUNCTIONS, LOOKED_UP
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.strict_yaml import Value, read_yaml
from qundao.models import Model, Table, model_of
from qundao.models.detect import ModelVersion

_TARGETS = ("omop 5.3", "omop 5.4", "cdisc")
_SECTIONS = (
    "mapping",
    "version",
    "target",
    "note",
    "sources",
    "codes",
    "vocabulary",
    "identity",
    "tables",
)
_T = TypeVar("_T")
_RANGE = re.compile(r"^(\d{1,3})\.\.(\d{1,3})$")


def read_mapping(text: str, name: str) -> Mapping:
    """Read a mapping's text. Raises `intake.bad_mapping`."""
    reader = _Reader(name)
    mapping = reader.read(read_yaml(text, name, BAD_MAPPING), text)
    raise_if(reader.problems)
    assert mapping is not None
    return mapping


@dataclass
class _Reader:
    """Reads the sections one after the other and gathers what is wrong with them."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    sources: Map[str, SourceRule] = field(default_factory=dict)
    codes: Map[str, CodeList] = field(default_factory=dict)

    def read(self, top: Value, text: str) -> Mapping | None:
        parts = self._parts(top, _SECTIONS)
        target = self._text(parts, "target", top)
        if target not in _TARGETS:
            self._note(parts.get("target", top), f"target: {' | '.join(_TARGETS)}", target)
            return None
        standard, _, version = target.partition(" ")
        model = model_of(ModelVersion(standard, version, "told"))
        self.sources = self._named(parts, "sources", self._source)
        self.codes = self._named(parts, "codes", self._code_list)
        identity = tuple(self._identity(v) for v in self._listed(parts.get("identity")))
        return Mapping(
            self._text(parts, "mapping", top),
            self._whole(parts.get("version", top)),
            model.standard,
            model.version,
            self.sources,
            self.codes,
            tuple(self._tables(parts.get("tables", top), model)),
            identity,
            self._text(parts, "vocabulary"),
            hashlib.sha256(text.encode("utf-8")).hexdigest(),
        )

    def _source(self, name: str, value: Value) -> SourceRule:
        parts = self._parts(value, ("files", "table", "format", "options"))
        files = tuple(v.text or "" for v in self._listed(parts.get("files", value)))
        if not all(files):
            self._note(parts.get("files", value), "files: name.csv | [a*.csv, b.xlsx]", "")
        options = self._parts(parts["options"], ()) if "options" in parts else {}
        told = {k: v.text or "" for k, v in options.items()}
        table, form = (self._text(parts, k) for k in ("table", "format"))
        return SourceRule(name, files, table, form, told)

    def _code_list(self, name: str, value: Value) -> CodeList:
        parts = self._parts(value, ())
        otherwise = _plain(parts.pop("otherwise").text or "") if "otherwise" in parts else None
        if "file" in parts:
            parts = self._parts(value, ("file", "code", "concept", "otherwise"))
            columns = (
                self._text(parts, "code") or "code",
                self._text(parts, "concept") or "concept",
            )
            return CodeList(name, {}, otherwise, self._text(parts, "file"), *columns)
        return CodeList(name, {k: _plain(v.text or "") for k, v in parts.items()}, otherwise)

    def _identity(self, value: Value) -> IdentityRule:
        parts = self._parts(value, ("source", "person", "vault"))
        source = self._known_source(parts.get("source", value))
        vault = tuple(v.text or "" for v in self._listed(parts.get("vault")))
        return IdentityRule(source, self._text(parts, "person", value), vault)

    def _tables(self, value: Value, model: Model) -> Iterator[TableRule]:
        for name, held in self._parts(value, ()).items():
            if name not in model:
                near = ", ".join(get_close_matches(name, [t.name for t in model.tables], 3))
                self._note(held, f"{model.standard} {model.version}: {near}", name)
                continue
            for rule in self._listed(held):
                yield self._table(model[name], rule)

    def _table(self, table: Table, value: Value) -> TableRule:
        parts = self._parts(value, ("from", "one_per", "each", "where", "reject", "same", "fields"))
        each = tuple(e for v in self._listed(parts.get("each")) for e in self._each(v))
        rejects = tuple(self._reject(v) for v in self._listed(parts.get("reject")))
        one_per = tuple(v.text or "" for v in self._listed(parts.get("one_per")))
        for name in one_per:
            self._known_field(table, name, parts["one_per"])
        return TableRule(
            table.name,
            self._known_source(parts.get("from", value)),
            tuple(self._fields(table, parts, value)),
            value.line,
            each,
            self._expression(parts["where"]) if "where" in parts else None,
            rejects,
            one_per,
            self._is_same(parts),
        )

    def _is_same(self, parts: Map[str, Value]) -> bool:
        text = self._text(parts, "same") or "no"
        if text not in ("yes", "no"):
            self._note(parts["same"], "same: yes | no", text)
        return text == "yes"

    def _fields(self, table: Table, parts: Map[str, Value], rule: Value) -> Iterator[FieldRule]:
        value = parts.get("fields", Value(rule.line, {}))
        given = self._parts(value, ())
        for name, held in given.items():
            if self._known_field(table, name, held):
                node = self._expression(held)
                required = table[name].required
                yield FieldRule(name.lower(), node, held.text or "", held.line, required)
        missing = [f.name for f in table.fields if f.required and f.name not in given]
        if missing and not self._is_same(parts):
            self._note(value, f"{table.name}: {', '.join(missing)}", "")

    def _each(self, value: Value) -> Iterator[Each]:
        """Yield a group of columns; `n: 1..10` repeats it with the number for `{n}`."""
        parts = self._parts(value, ())
        span = _RANGE.match(parts.pop("n").text or "") if "n" in parts else None
        numbers = range(int(span[1]), int(span[2]) + 1) if span else (0,)
        for number in numbers:
            yield Each(
                {
                    k: self._expression(Value(v.line, (v.text or "").replace("{n}", str(number))))
                    for k, v in parts.items()
                }
            )

    def _reject(self, value: Value) -> RejectRule:
        parts = self._parts(value, ("when", "because"))
        when = self._expression(parts.get("when", value))
        return RejectRule(when, self._text(parts, "because", value), value.line)

    def _expression(self, value: Value) -> Node:
        try:
            node = parse(value.text or "")
        except SyntaxFault as fault:
            self._note(value, f"{fault.wanted} (character {fault.at})", value.text or "")
            return Literal(0)
        for call in calls(node):
            self._call(call, value)
        return node

    def _call(self, call: Call, value: Value) -> None:
        known = FUNCTIONS.get(call.name)
        least = known.least if known else LOOKED_UP.get(call.name)
        most = known.most if known else None
        if least is None:
            near = ", ".join(get_close_matches(call.name, [*FUNCTIONS, *LOOKED_UP], 3))
            self._note(value, near or ", ".join(LOOKED_UP), f"{call.name}(…)")
        elif len(call.args) < least or (most is not None and len(call.args) > most):
            told = known.words if known else f"{call.name}({'x, ' * (least - 1)}x)"
            self._note(value, told, f"{call.name}: {len(call.args)}")
        elif call.name == "code" and not self._is_list(call.args[0]):
            self._note(value, f"code(…): {', '.join(self.codes)}", value.text or "")

    def _is_list(self, node: Node) -> bool:
        return isinstance(node, Name) and node.name in self.codes

    def _known_source(self, value: Value) -> str:
        name = value.text or ""
        if name not in self.sources:
            self._note(value, f"sources: {', '.join(self.sources)}", name)
        return name

    def _known_field(self, table: Table, name: str, value: Value) -> bool:
        if name in table:
            return True
        near = ", ".join(get_close_matches(name, table.names, 3)) or ", ".join(table.names[:8])
        self._note(value, f"{table.name}: {near}", name)
        return False

    def _named(
        self, parts: Map[str, Value], name: str, read: Callable[[str, Value], _T]
    ) -> dict[str, _T]:
        held = self._parts(parts[name], ()) if name in parts else {}
        for key, value in held.items():
            if not key.isidentifier():
                self._note(value, "name_1 (letters, digits, _)", key)
        return {key: read(key, value) for key, value in held.items()}

    def _parts(self, value: Value, known: Sequence[str]) -> dict[str, Value]:
        """Return a section's entries; of those `known` only, where some are."""
        if not isinstance(value.held, dict):
            self._note(value, ", ".join(known) or "name: value", value.text or "[…]")
            return {}
        for name, held in value.held.items():
            if known and name not in known:
                self._note(held, ", ".join(known), name)
        return dict(value.held)

    def _listed(self, value: Value | None) -> list[Value]:
        """Return a list's entries; what stands alone is a list of one."""
        if value is None or value.held == "":
            return []
        return value.held if isinstance(value.held, list) else [value]

    def _text(self, parts: Map[str, Value], name: str, needed_in: Value | None = None) -> str:
        text = (parts[name].text if name in parts else "") or ""
        if needed_in is not None and not text:
            self._note(needed_in, f"{name}: …", "")
        return text

    def _whole(self, value: Value) -> int:
        text = value.text or ""
        if not text.isdecimal():
            self._note(value, "version: 1, 2, 3 …", text)
            return 0
        return int(text)

    def _note(self, value: Value, wanted: str, received: str) -> None:
        where = f"{self.file}:{value.line}"
        self.problems.append(problem(BAD_MAPPING, received, where, zh=wanted, en=wanted))


def _plain(text: str) -> int | float | str:
    """Return a whole number or a decimal where the text writes one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
