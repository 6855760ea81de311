"""Every error code that is raised is declared, every declared one is used, in both languages."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from qundao.cli.reference.errors import codes
from qundao.cli.reference.modules import ROOT

CODES = {c.name: c for c in codes()}
SOURCES = sorted(f for f in ROOT.rglob("*.py") if "migrations" not in f.parts)
TREES = {f: ast.parse(f.read_text("utf-8")) for f in SOURCES}
PLACEHOLDER = re.compile(r"{(\w+)}")
CALLS = {"fail", "problem", "Problem"}


def declarations():
    """Yield (file, constant, code name) for every `NAME = declare("room.code", …)`."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and _calls(node.value, {"declare"}):
                (target,) = node.targets
                yield file, target.id, node.value.args[0].value


def _calls(node, names):
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in names
    )


def test_every_declared_code_is_used():
    used = defaultdict(int)
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used[node.id] += 1
            elif isinstance(node, ast.Attribute):
                used[node.attr] += 1
    unused = [code for _, constant, code in declarations() if not used[constant]]
    assert unused == []


def test_a_code_raised_by_name_is_declared():
    raised = {
        node.args[0].value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if _calls(node, CALLS) and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert raised <= CODES.keys()


def test_codes_belong_to_the_room_or_desk_that_declares_them():
    for file, _, code in declarations():
        place = file.relative_to(ROOT)
        assert code.partition(".")[0] in place.parts, f"{code} is declared in {place}"


@pytest.mark.parametrize("code", CODES.values(), ids=lambda c: c.name)
def test_both_languages_speak_of_the_same_facts(code):
    """A fact may come once per language, its name ending in `_zh` or `_en`."""
    for words in (code.title, code.required, code.remedy):
        assert _facts(words.en) == _facts(words.zh), words


def _facts(text):
    return {re.sub("(^|_)(zh|en)$", "", name) for name in PLACEHOLDER.findall(text)}


def test_chinese_is_chinese():
    for code in CODES.values():
        assert re.search(r"[\u4e00-\u9fff]", code.title.zh), code.name
        assert not re.search(r"[\u4e00-\u9fff]", code.title.en), code.name


def test_the_reference_names_every_code():
    page = (Path(__file__).parents[2] / "docs/reference/errors.md").read_text("utf-8")
    assert set(re.findall(r'<a id="([\w.]+)">', page)) == CODES.keys()
