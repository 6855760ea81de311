"""What holds for every template: nothing inline, tables have headers and captions, labels."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import qundao.hub

HUB = Path(qundao.hub.__file__).parent
TEMPLATES = sorted(HUB.rglob("templates/**/*.html"))
PAGES = [t for t in TEMPLATES if "{% extends" in t.read_text("utf-8")[:200]]
NAMES = [str(t.relative_to(HUB)) for t in TEMPLATES]


class Elements(HTMLParser):
    """Every element of a template, template tags replaced by nothing."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text_in_script = ""
        self._in = ""
        self.feed(re.sub(r"\{[%#].*?[%#]\}", "", source, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in {"script", "style"}:
            self.text_in_script += data.strip()


def elements(path: Path) -> Elements:
    return Elements(path.read_text("utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_nothing_inline_and_nothing_from_elsewhere(path: Path) -> None:
    page = elements(path)
    assert page.text_in_script == ""
    for tag, attributes in page.found:
        assert tag != "style"
        assert "style" not in attributes, f"<{tag} style>"
        handlers = [name for name in attributes if name.startswith(("on", "hx-on"))]
        assert not handlers, f"<{tag} {handlers}>"
        for name in ("src", "href", "action", "hx-get", "hx-post"):
            value = attributes.get(name) or ""
            assert not value.startswith(("http:", "https:", "//", "javascript:", "data:"))


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_tables_have_a_caption_and_scoped_headers(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.count("<table") == source.count("<caption")
    headers = [attributes for tag, attributes in elements(path).found if tag == "th"]
    assert all("scope" in attributes for attributes in headers)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_fields_have_labels(path: Path) -> None:
    page = elements(path)
    labelled = {a.get("for") for tag, a in page.found if tag == "label"}
    open_labels = re.findall(r"<label[^>]*>.*?</label>", path.read_text("utf-8"), re.DOTALL)
    for tag, attributes in page.found:
        if tag not in {"input", "select", "textarea"} or attributes.get("type") in {
            "hidden",
            "submit",
        }:
            continue
        wrapped = any(f"<{tag}" in text for text in open_labels)
        assert attributes.get("id") in labelled or "aria-label" in attributes or wrapped, (
            f"<{tag} {attributes}>"
        )


@pytest.mark.parametrize("path", PAGES, ids=[str(p.relative_to(HUB)) for p in PAGES])
def test_every_page_has_a_title_and_one_main_heading(path: Path) -> None:
    source = path.read_text("utf-8")
    assert "{% block title %}" in source
    assert source.count("<h1") == 1


def test_the_frame_says_its_language_and_lets_one_skip_to_the_text() -> None:
    source = (HUB / "templates" / "base.html").read_text("utf-8")
    assert re.search(r'<html lang="\{% if .*en.*zh-Hans', source)
    assert source.index('class="skip"') < source.index("<header")
    assert 'name="viewport"' in source


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_text_stands_outside_the_translations(path: Path) -> None:
    """Chinese in a template appears only inside translate tags (the product's name aside)."""
    source = path.read_text("utf-8")
    source = re.sub(
        r"\{% blocktranslate.*?%\}.*?\{% endblocktranslate %\}", "", source, flags=re.DOTALL
    )
    source = re.sub(r"\{[%#].*?[%#]\}", "", source, flags=re.DOTALL)
    source = source.replace("Qundao 群岛", "").replace('lang="zh-Hans">简体中文', "")
    assert re.findall(r"[\u4e00-\u9fff]+", source) == []
