"""Finding every msgid in the hub's Python files and templates, as Django itself reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from qundao.hub.messages.catalogue import Message

_SINGLE = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_PLURAL = frozenset({"ngettext", "ngettext_lazy"})
_STRING = r"""(u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
_IN_TEMPLATE = re.compile(rf"\b(n?gettext|_)\(\s*{_STRING}(?:\s*,\s*{_STRING})?", re.DOTALL)


def extract(root: Path) -> dict[Message, str]:
    """Return every message below `root`, untranslated, with the first file that uses it."""
    found: dict[Message, str] = {}
    for file in sorted([*root.rglob("*.py"), *root.rglob("*.html")]):
        read = _from_python if file.suffix == ".py" else _from_template
        for message in read(file.read_text("utf-8")):
            found.setdefault(message, str(file.relative_to(root)))
    return found


def _from_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            words = [t for t in texts if isinstance(t, str)]
            if node.func.id in _SINGLE and words:
                yield Message(words[0])
            elif node.func.id in _PLURAL and len(words) >= 2:
                yield Message(words[0], words[1])


def _from_template(source: str) -> Iterator[Message]:
    for function, first, second in _IN_TEMPLATE.findall(templatize(source)):
        plural = ast.literal_eval(second) if function == "ngettext" and second else ""
        yield Message(ast.literal_eval(first), plural)
