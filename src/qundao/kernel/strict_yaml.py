"""YAML as far as a file that people write needs it: mappings, lists and text, with their lines.

Every scalar stays text, so that `no`, `1:30` or a date mean what was written. Anchors, aliases,
tags, repeated keys, deep nesting and large files are refused: none of them is needed, and the
first two can make a small file fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import yaml

from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words

LARGEST = 1_000_000
_DEEPEST = 12
_REFUSED = Words("不用锚点、别名与标签", "no anchors, aliases or tags")
_FLAT = Words(f"嵌套不超过 {_DEEPEST} 层", f"at most {_DEEPEST} levels")
_SMALL = Words(f"不超过 {LARGEST:,} 字节", f"at most {LARGEST:,} bytes")
_ONE = Words("一个文件一份文档", "one document in the file")
_ONCE = Words("每个键只出现一次，且是文字", "each key once, and text")
_WHOLE = Words("能以 UTF-8 写出的文字", "text that UTF-8 can write")
_SYNTAX = Words("符合 YAML 语法的文本", "text that is YAML")


_Defect = Callable[[int, object, Words], Problem]
"""Makes the problem for a line, what stands there and what was required."""


@dataclass(frozen=True, slots=True)
class Value:
    """A mapping, a list or a text, and the line (from 1) on which it begins."""

    line: int
    held: str | dict[str, Value] | list[Value]

    @property
    def text(self) -> str | None:
        """Return the text without blanks around it; None for anything else."""
        return self.held.strip() if isinstance(self.held, str) else None


def read_yaml(text: str, name: str, code: str) -> Value:
    """Read a file's text. Raises `code` (its words take `zh` and `en`) with each defect's line."""
    defect = partial(_defect, code, name)
    if len(text.encode("utf-8")) > LARGEST:
        raise_if([defect(1, f"{len(text.encode('utf-8')):,} B", _SMALL)])
    raise_if(_hazards(text, defect))
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    reader = _Reader(defect)
    value = Value(1, "") if node is None else reader.read(node)
    raise_if(reader.problems)
    return value


def _hazards(text: str, defect: _Defect) -> Iterator[Problem]:
    """Yield what is refused, as the text's events tell it: nothing has been built by then."""
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = _line(event)
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            refused = getattr(event, "anchor", None) or getattr(event, "tag", None)
            if refused:
                yield defect(line, refused, _REFUSED)
            if depth > _DEEPEST:
                yield defect(line, f"{depth}", _FLAT)
                return
        if documents > 1:
            yield defect(line, f"{documents}", _ONE)
    except yaml.YAMLError as error:
        yield _syntax(error, defect)


def _syntax(error: yaml.YAMLError, defect: _Defect) -> Problem:
    mark = getattr(error, "problem_mark", None)
    told = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return defect(mark.line + 1 if mark else 1, str(told)[:200], _SYNTAX)


def _line(part: yaml.Event | yaml.Node) -> int:
    return part.start_mark.line + 1 if part.start_mark else 1


def _defect(code: str, name: str, line: int, received: object, required: Words) -> Problem:
    return problem(code, received, f"{name}:{line}", zh=required.zh, en=required.en)


@dataclass
class _Reader:
    """Turns nodes into values and gathers what is wrong with their keys."""

    defect: _Defect
    problems: list[Problem] = field(default_factory=list)

    def read(self, node: yaml.Node) -> Value:
        line = _line(node)
        if isinstance(node, yaml.MappingNode):
            return Value(line, dict(self._pairs(node)))
        if isinstance(node, yaml.SequenceNode):
            return Value(line, [self.read(item) for item in node.value])
        empty = node.tag == "tag:yaml.org,2002:null"
        return Value(line, "" if empty else self._text(line, str(node.value)))

    def _text(self, line: int, text: str) -> str:
        """Return a text; half of a surrogate pair, which an escape can write, is no character."""
        if any("\ud800" <= c <= "\udfff" for c in text):
            self.problems.append(self.defect(line, ascii(text)[:40], _WHOLE))
            return ""
        return text

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, Value]]:
        seen = set[str]()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            name = name and self._text(_line(key), name)
            if name is None or name in seen:
                received = name or "(…)"
                self.problems.append(self.defect(_line(key), received, _ONCE))
                continue
            seen.add(name)
            yield name, self.read(value)
