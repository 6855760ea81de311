"""Reads a mapping from YAML: every defect is told at once, with its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from qundao.intake.codes import BAD_MAPPING
from qundao.intake.mapping.document import (
    GIVES,
    CodeList,
    Each,
    FieldRule,
    IdentityRule,
    JoinRule,
    Mapping,
    RejectRule,
    SourceRule,
    TableRule,
    UnitsRule,
)
from qundao.intake.mapping.expression import (
    Call,
    Literal,
    Name,
    Node,
    SyntaxFault,
    calls,
    names,
    parse,
)
from qundao.intake.mapping.functions import FUNCTIONS, LOOKED_UP
from qundao.intake.mapping.read_described import DescribedReader
from qundao.intake.mapping.read_examples import ExamplesReader
from qundao.intake.mapping.read_view import ViewReader
from qundao.intake.mapping.sections import Sections, fold, plain
from qundao.intake.units import SUBSTANCES, substance_named, ucum
from qundao.kernel.errors import raise_if
from qundao.kernel.strict_yaml import Value, read_yaml
from qundao.models import OWN, Model, ModelVersion, Table, model_of

_TARGETS = ("omop 5.3", "omop 5.4", "cdisc", OWN)
_SECTIONS = (
    "mapping",
    "version",
    "target",
    "describe",
    "note",
    "sources",
    "codes",
    "vocabulary",
    "identity",
    "tables",
    "examples",
)
_UNITS = ("value", "unit", "of")
_NONE = Value(0, "0")
_RULE = ("from", "join", "one_per", "each", "where", "reject", "units", "same", "fields")
_RANGE = re.compile(r"^(\d{1,3})\.\.(\d{1,3})$")


def read_mapping(text: str, name: str) -> Mapping:
    """Read a mapping's text. Raises `intake.bad_mapping`."""
    reader = _Reader(name)
    mapping = reader.read(read_yaml(text, name, BAD_MAPPING), text)
    raise_if(reader.problems)
    assert mapping is not None
    return mapping


@dataclass
class _Reader(Sections):
    """Reads the sections one after the other and gathers what is wrong with them."""

    sources: Map[str, SourceRule] = field(default_factory=dict)
    codes: Map[str, CodeList] = field(default_factory=dict)

    def read(self, top: Value, text: str) -> Mapping | None:
        parts = self._parts(top, _SECTIONS)
        target = self._text(parts, "target", top)
        if target not in _TARGETS:
            self._note(parts.get("target", top), f"target: {' | '.join(_TARGETS)}", target)
            return None
        model = self._model(target, parts, top)
        self.sources = self._named(parts, "sources", self._source)
        self.codes = self._named(parts, "codes", self._code_list)
        identity = tuple(self._identity(v) for v in self._listed(parts.get("identity")))
        tables = tuple(self._tables(parts.get("tables", top), model))
        self._note_circles(tables)
        mapping = Mapping(
            self._text(parts, "mapping", top),
            self._whole(parts.get("version", top)),
            model.standard,
            model.version,
            self.sources,
            self.codes,
            tables,
            identity,
            self._text(parts, "vocabulary"),
            hashlib.sha256(text.encode("utf-8")).hexdigest(),
            model if target == OWN else None,
        )
        examples = ExamplesReader(self.file, self.problems).read(parts.get("examples"), mapping)
        return replace(mapping, examples=examples)

    def _note_circles(self, tables: Sequence[TableRule]) -> None:
        """Note sources that join each other: whichever were read first would find nothing."""
        joins = [(rule.source, join) for rule in tables for join in rule.joins]
        for source, join in joins:
            reached, new = set[str](), {join.source}
            while new - reached:
                reached |= new
                new = {other.source for one, other in joins if one in reached}
            if source in reached:
                known = ", ".join(n for n in self.sources if n not in reached)
                self._note(Value(join.line, ""), f"from: {known or '–'}", join.source)

    def _model(self, target: str, parts: Map[str, Value], top: Value) -> Model:
        """Return the target's model: a standard's, or the one that the mapping describes."""
        standard, _, version = target.partition(" ")
        if target != OWN:
            if "describe" in parts:
                self._note(parts["describe"], f"target: {OWN}", target)
            return model_of(ModelVersion(standard, version, "told"))
        if "describe" not in parts:
            self._note(top, "describe: {table: {fields: …}}", "")
        name = f"{self._text(parts, 'mapping')}@{self._text(parts, 'version')}"
        told = parts.get("describe", Value(top.line, {}))
        return DescribedReader(self.file, self.problems).read(told, name)

    def _source(self, name: str, value: Value) -> SourceRule:
        if isinstance(value.held, dict) and "database" in value.held:
            return ViewReader(self.file, self.problems).read(name, value)
        parts = self._parts(value, ("files", "table", "format", "options", "optional", "newer"))
        files = tuple(v.text or "" for v in self._listed(parts.get("files", value)))
        if not files or not all(files):
            self._note(parts.get("files", value), "files: name.csv | [a*.csv, b.xlsx]", "")
        options = self._parts(parts["options"], ()) if "options" in parts else {}
        told = {k: v.text or "" for k, v in options.items()}
        table, form = (self._text(parts, k) for k in ("table", "format"))
        optional, newer = self._is_so(parts, "optional"), self._text(parts, "newer")
        return SourceRule(name, files, table, form, told, optional, newer)

    def _code_list(self, name: str, value: Value) -> CodeList:
        parts = self._parts(value, ())
        otherwise = plain(parts.pop("otherwise").text or "") if "otherwise" in parts else None
        if "file" in parts:
            parts = self._parts(value, ("file", "code", "concept", "otherwise"))
            columns = (
                self._text(parts, "code") or "code",
                self._text(parts, "concept") or "concept",
            )
            return CodeList(name, {}, otherwise, self._text(parts, "file"), *columns)
        if "table" in parts:
            return self._code_table(name, value)
        return CodeList(name, {k: plain(v.text or "") for k, v in parts.items()}, otherwise)

    def _code_table(self, name: str, value: Value) -> CodeList:
        """Return a list that a published table fills."""
        parts = self._parts(value, ("table", "gives", "vocabulary", "otherwise"))
        otherwise = plain(parts["otherwise"].text or "") if "otherwise" in parts else None
        told = self._text(parts, "gives")
        gives = next((g for g in GIVES if g == told), None)
        if gives is None:
            self._note(parts.get("gives", value), f"gives: {' | '.join(GIVES)}", told)
        file, vocabulary = self._text(parts, "table", value), self._text(parts, "vocabulary")
        return CodeList(name, {}, otherwise, file, gives=gives, vocabulary=vocabulary)

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
        parts = self._parts(value, _RULE)
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
            self._is_so(parts, "same"),
            self._joins(parts, each),
            self._units_rule(parts["units"]) if "units" in parts else None,
        )

    def _joins(self, parts: Map[str, Value], groups: Sequence[Each]) -> tuple[JoinRule, ...]:
        source = self._text(parts, "from")
        joins = tuple(self._join(v, source) for v in self._listed(parts.get("join")))
        taken = [name for join in joins for name in join.take]
        inside = {n for each in groups for node in each.columns.values() for n in names(node)}
        wrong = [n for n in taken if taken.count(n) > 1 or n in inside]
        for name in dict.fromkeys(wrong):
            self._note(parts["join"], "take: {other_name: column}", name)
        return joins

    def _join(self, value: Value, source: str) -> JoinRule:
        parts = self._parts(value, ("from", "on", "take", "several"))
        other = self._known_source(parts.get("from", value))
        if other == source:
            self._note(value, f"from: {', '.join(n for n in self.sources if n != source)}", other)
        on = self._parts(parts.get("on", value), ()) if "on" in parts else {}
        take = self._parts(parts["take"], ()) if "take" in parts else {}
        if not on or not take:
            self._note(value, "on: {column: value}, take: {name: column}", "")
        several = self._text(parts, "several") or "reject"
        if several not in ("reject", "first"):
            self._note(parts["several"], "several: reject | first", several)
        return JoinRule(
            other,
            tuple((column, self._expression(v)) for column, v in on.items()),
            {name: v.text or "" for name, v in take.items()},
            value.line,
            several == "first",
        )

    def _units_rule(self, value: Value) -> UnitsRule:
        parts = self._parts(value, ("value", "unit", "of", "wrong"))
        for name in (n for n in _UNITS if n not in parts):
            self._note(value, f"{name}: …", "")
        number, unit, of = (self._expression(parts.get(n, _NONE)) for n in _UNITS)
        wrong = self._text(parts, "wrong") or "reject"
        if wrong not in ("reject", "tell"):
            self._note(parts["wrong"], "wrong: reject | tell", wrong)
        return UnitsRule(number, unit, of, value.line, wrong == "tell")

    def _fields(self, table: Table, parts: Map[str, Value], rule: Value) -> Iterator[FieldRule]:
        value = parts.get("fields", Value(rule.line, {}))
        given = self._parts(value, ())
        for name, held in given.items():
            if self._known_field(table, name, held):
                node = self._expression(held)
                required = table[name].required
                yield FieldRule(name.lower(), node, held.text or "", held.line, required)
        missing = [f.name for f in table.fields if f.required and f.name not in given]
        if missing and not self._is_so(parts, "same"):
            self._note(value, f"{table.name}: {', '.join(missing)}", "")

    def _each(self, value: Value) -> Iterator[Each]:
        """Yield a group of columns; `n: 1..10` repeats it with the number for `{n}`."""
        parts = self._parts(value, ())
        span = _RANGE.match(parts.pop("n").text or "") if "n" in parts else None
        numbers = range(int(span[1]), int(span[2]) + 1) if span else (0,)
        folded = [fold(k) for k in parts]
        for name, held in parts.items():
            if folded.count(fold(name)) > 1 or fold(name).startswith("_"):
                self._note(held, "name_1 (letters, digits, _)", name)
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
        told = (known.least, known.most, known.words) if known else LOOKED_UP.get(call.name)
        if told is None:
            near = ", ".join(get_close_matches(call.name, [*FUNCTIONS, *LOOKED_UP], 3))
            self._note(value, near or ", ".join(LOOKED_UP), f"{call.name}(…)")
            return
        least, most, words = told
        if len(call.args) < least or (most is not None and len(call.args) > most):
            self._note(value, words, f"{call.name}: {len(call.args)}")
        elif call.name == "code" and not self._is_list(call.args[0]):
            self._note(value, f"code(…): {', '.join(self.codes)}", value.text or "")
        elif call.name == "converted":
            self._units(call, value)

    def _units(self, call: Call, value: Value) -> None:
        """Note a target that is no unit, and a substance that no conversion knows."""
        target, *substance = call.args[2:]
        if isinstance(target, Literal) and ucum(str(target.value)) is None:
            self._note(value, "converted(value, unit, 'mmol/L', …)", str(target.value))
        for what in substance:
            if isinstance(what, Literal) and substance_named(str(what.value)) is None:
                near = get_close_matches(str(what.value), list(SUBSTANCES), 3)
                self._note(value, ", ".join(near) or "'glucose'", str(what.value))

    def _is_list(self, node: Node) -> bool:
        return isinstance(node, Name) and node.name in self.codes

    def _known_source(self, value: Value) -> str:
        name = value.text or ""
        if name not in self.sources:
            self._note(value, f"sources: {', '.join(self.sources)}", name)
        return name
