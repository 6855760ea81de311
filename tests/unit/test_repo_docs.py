"""Documentation that tests keep honest: generated pages, links, settings, both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qundao.cli.reference import PAGES
from qundao.cli.reference.modules import ROOT
from qundao.cli.reference.settings import settings

REPO = Path(__file__).parents[2]
DOCS = sorted((REPO / "docs").rglob("*.md"))
FOR_PEOPLE = [REPO / "README.md", REPO / "CONTRIBUTING.md", REPO / "CHANGELOG.md", *DOCS]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
FOR_TESTS = {"QUNDAO_CHROMIUM", "QUNDAO_TEST_HTTPS", "QUNDAO_TEST_KEY", "QUNDAO_TEST_PORT"}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name):
    committed = (REPO / "docs" / "reference" / name).read_text("utf-8")
    assert committed == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", FOR_PEOPLE, ids=lambda p: p.relative_to(REPO).as_posix())
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text("utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


@pytest.mark.parametrize("page", FOR_PEOPLE, ids=lambda p: p.relative_to(REPO).as_posix())
def test_a_page_speaks_both_languages(page):
    text = page.read_text("utf-8")
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 40, page
    assert len(re.findall(r"\b[a-z]{3,}\b", text)) > 20, page


def test_every_variable_that_the_code_reads_is_declared():
    files = (f for f in ROOT.rglob("*.py") if "reference" not in f.parts)
    named = {v for f in files for v in re.findall(r"\bQUNDAO_[A-Z_]+\b", f.read_text("utf-8"))}
    assert named - FOR_TESTS == {s.name for s in settings()}


def test_every_page_is_reached_from_the_index():
    index = REPO / "docs" / "index.md"
    reached, queue = {index}, [index]
    while queue:
        page = queue.pop()
        for target, _ in LINK.findall(page.read_text("utf-8")):
            found = (page.parent / target).resolve()
            if found.suffix == ".md" and found.is_file() and found not in reached:
                reached.add(found)
                queue.append(found)
    assert [p.relative_to(REPO) for p in DOCS if p not in reached] == []


def test_the_glossary_holds_the_words_on_screen():
    text = (REPO / "docs" / "glossary.md").read_text("utf-8")
    for term in (
        "平台",
        "成员节点",
        "成员单位",
        "数据集",
        "开放层级",
        "许可凭证",
        "出域审查",
        "积分",
    ):
        assert term in text


def test_the_architecture_names_every_room():
    text = (REPO / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    rooms = sorted(p.parent.name for p in ROOT.glob("*/__init__.py"))
    assert [r for r in rooms if f"{r}/" not in text] == []
