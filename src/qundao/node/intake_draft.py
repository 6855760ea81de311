"""Changing a mapping's text in one place and leaving the rest, comments too, as it was written.

A draft may still have defects: its outline is read as far as the text is YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from qundao.intake.codes import BAD_MAPPING
from qundao.kernel.errors import fail
from qundao.kernel.strict_yaml import read_yaml
from qundao.node.intake_codes import CANNOT_PLACE

_PLAIN = re.compile(r"[^\W_][\w .,()'<>=*/+-]*", re.UNICODE)
_WORD = re.compile(r"[^\W\d]\w*")
_RESERVED = ("yes", "no", "true", "false", "null", "on", "off", "y", "n", "~")


@dataclass(frozen=True, slots=True)
class RuleOutline:
    """One rule: `number` among all (from 0), its target, source, line, and fields with values.

    `besides` are the expressions of its other parts (`each`, `where`, `reject`).
    """

    number: int
    target: str
    source: str
    line: int
    fields: Mapping[str, str]
    same: bool
    besides: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ListOutline:
    """One list of codes: from a file, perhaps one as it was published, or with its own codes."""

    name: str
    file: str
    codes: Mapping[str, str]
    published: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """What a mapping says, as far as it can be told: files by source, rules, lists of codes.

    `sheets` are the tables of their files that sources name; a source that names none has its only.
    """

    target: str
    sources: Mapping[str, Sequence[str]]
    sheets: Mapping[str, str]
    rules: Sequence[RuleOutline]
    lists: Mapping[str, ListOutline]


def outline(text: str) -> Outline:
    """Read what can be told. Raises `intake.bad_mapping` where the text is no YAML."""
    top = _composed(text)
    target = _text(_find(top, "target"))
    sources = {n: list(_texts(_find(v, "files"))) for n, v in _entries(_find(top, "sources"))}
    named = ((n, _text(_find(v, "table"))) for n, v in _entries(_find(top, "sources")))
    sheets = {n: sheet for n, sheet in named if sheet}
    lists = {n: _list(n, v) for n, v in _entries(_find(top, "codes"))}
    rules = [_rule(i, name, node) for i, (name, node) in enumerate(_rules(top))]
    return Outline(target, sources, sheets, rules, lists)


def set_field(text: str, rule: int, field: str, value: str) -> str:
    """Return the text with a rule's field given this value, put in or in place of another.

    Raises `intake.bad_mapping`, `node.intake_cannot_place`.
    """
    found = _rules(_composed(text))
    if not 0 <= rule < len(found) or not _WORD.fullmatch(field) or not _is_line(value):
        raise fail(CANNOT_PLACE, f"{rule}: {field}", "tables")
    target, node = found[rule]
    fields = _find(node, "fields")
    if isinstance(fields, yaml.MappingNode):
        changed = _put(text, fields, field, value)
    else:
        changed = _put_fields(text, node, field, value)
    return _checked(changed, f"{target}.{field}", outline(changed).rules[rule].fields, field, value)


def add_code(text: str, listed: str, code: str, value: str) -> str:
    """Return the text with a code in a list that the mapping itself holds.

    Raises `intake.bad_mapping`, `node.intake_cannot_place`.
    """
    node = _find(_find(_composed(text), "codes"), listed)
    if not isinstance(node, yaml.MappingNode) or _list(listed, node).file:
        raise fail(CANNOT_PLACE, listed, "codes")
    if not _is_line(code) or not _is_line(value):
        raise fail(CANNOT_PLACE, f"{code}: {value}"[:90], listed)
    changed = _put(text, node, code, value)
    return _checked(changed, listed, outline(changed).lists[listed].codes, code, value)


def _checked(text: str, where: str, held: Mapping[str, str], key: str, value: str) -> str:
    """Return a text that now says what it was to say."""
    if held.get(key) != value.strip():
        raise fail(CANNOT_PLACE, f"{key}: {value}"[:90], where)
    return text


# --- reading -----------------------------------------------------------------------------------


def _composed(text: str) -> yaml.Node | None:
    read_yaml(text, "mapping", BAD_MAPPING)
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)


def _find(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _entries(node) if key == name), None)


def _text(node: yaml.Node | None) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""


def _texts(node: yaml.Node | None) -> Iterator[str]:
    listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
    yield from (_text(n) for n in listed if n is not None)


def _rules(top: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    return [
        (name, rule)
        for name, held in _entries(_find(top, "tables"))
        for rule in (held.value if isinstance(held, yaml.SequenceNode) else [held])
    ]


def _rule(number: int, target: str, node: yaml.Node) -> RuleOutline:
    fields = {n: _text(v) for n, v in _entries(_find(node, "fields"))}
    source, same = _text(_find(node, "from")), _text(_find(node, "same")) == "yes"
    besides = [t for part in ("each", "where", "reject") for t in _leaves(_find(node, part))]
    line = node.start_mark.line + 1
    return RuleOutline(number, target.lower(), source, line, fields, same, besides)


def _leaves(node: yaml.Node | None) -> Iterator[str]:
    """Yield every text below a node that may be an expression."""
    if isinstance(node, yaml.ScalarNode):
        yield _text(node)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item)
    for name, value in _entries(node):
        if name != "because":
            yield from _leaves(value)


def _list(name: str, node: yaml.Node) -> ListOutline:
    held = {n: _text(v) for n, v in _entries(node)}
    file = held.get("file") or held.get("table", "")
    return ListOutline(name, file, {} if file else held, "table" in held and "file" not in held)


# --- writing -----------------------------------------------------------------------------------


def _put(text: str, node: yaml.MappingNode, key: str, value: str) -> str:
    """Put an entry into a mapping, or a new value into the entry that is there."""
    for held, old in node.value:
        if held.value == key:
            if not isinstance(old, yaml.ScalarNode):
                raise fail(CANNOT_PLACE, key, f"{old.start_mark.line + 1}")
            told = _scalar(value, flow=bool(node.flow_style))
            return text[: old.start_mark.index] + told + text[old.end_mark.index :]
    if node.flow_style:
        return _put_in_braces(text, node, f"{_key(key)}: {_scalar(value, flow=True)}")
    last = node.value[-1][1]
    if not isinstance(last, yaml.ScalarNode):
        raise fail(CANNOT_PLACE, key, f"{last.start_mark.line + 1}")
    indent = " " * node.value[0][0].start_mark.column
    line = f"{indent}{_key(key)}: {_scalar(value, flow=False)}\n"
    return _after_line(text, last.end_mark.index, line)


def _put_fields(text: str, rule: yaml.Node, key: str, value: str) -> str:
    """Give a rule that has no fields yet its first, after its source."""
    source = _find(rule, "from")
    if not isinstance(rule, yaml.MappingNode) or source is None or _find(rule, "fields"):
        raise fail(CANNOT_PLACE, key, f"{rule.start_mark.line + 1}")
    if rule.flow_style:
        told = f"{_key(key)}: {_scalar(value, flow=True)}"
        return _put_in_braces(text, rule, f"fields: {{{told}}}")
    indent = " " * rule.value[0][0].start_mark.column
    told = f"{indent}  {_key(key)}: {_scalar(value, flow=False)}\n"
    return _after_line(text, source.end_mark.index, f"{indent}fields:\n{told}")


def _put_in_braces(text: str, node: yaml.MappingNode, entry: str) -> str:
    end = node.end_mark.index - 1
    if not node.value:
        return f"{text[:end]}{entry}{text[end:]}"
    last = node.value[-1][1].end_mark.index
    return f"{text[:last]}, {entry}{text[last:]}"


def _after_line(text: str, place: int, lines: str) -> str:
    """Put whole lines after the line in which a place is."""
    if place and text[place - 1] == "\n":
        return text[:place] + lines + text[place:]
    end = text.find("\n", place)
    return f"{text}\n{lines}" if end < 0 else text[: end + 1] + lines + text[end + 1 :]


def _is_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _key(text: str) -> str:
    plain = _WORD.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else json.dumps(text, ensure_ascii=False)


def _scalar(text: str, *, flow: bool) -> str:
    """Return a value as YAML: as it is where that is plain, else in double quotes."""
    told = text.strip()
    fits = (_WORD if flow else _PLAIN).fullmatch(told) or told.isdecimal()
    hazard = ": " in told or " #" in told or told.endswith(":")
    return told if fits and not hazard else json.dumps(told, ensure_ascii=False)
