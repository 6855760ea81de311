"""Writes the page: both languages in one file, its style and script inside, nothing from outside.

The file's own content security policy names its style and its script by digest, so that no value
of a source could become either.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qundao.kernel.words import LANGUAGES, Language, Words
from qundao.quality.figures import category_bars, cost_waterfall
from qundao.quality.html.matrix import COLUMNS, CONTEXTS, kahn_matrix, table_matrix
from qundao.quality.html.view import SEVERITIES, SUBCATEGORIES, fixes, losses, parts, waived
from qundao.quality.naming import standard_name
from qundao.quality.report import Report

_PACKAGE = "qundao.quality.html"
_TAGS = {"zh-hans": "zh-Hans", "en": "en"}
CHUNK = 40
"""Rows of a table after which the rest is folded away."""


def report_html(report: Report, *, source: str, language: Language, examples: bool = False) -> str:
    """Return the report as an HTML page, opened in `language`.

    `source` names the data to the reader. Keys of violated rows stand in it only with
    `examples`; the page then says on top that it holds them.
    """
    style, script = _text("report.css"), _text("report.js")
    facts = _facts(report, source, examples=examples)
    articles = [(lang, _TAGS[lang], _article(facts, lang)) for lang in LANGUAGES]
    page = _templates().get_template("report.html")
    return page.render(
        source=source,
        articles=articles,
        opened=language,
        tag=_TAGS[language],
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=_policy(style, script),
    )


def _facts(report: Report, source: str, *, examples: bool) -> dict[str, Any]:
    """Return what both languages show."""
    return {
        "report": report,
        "source": source,
        "standard": standard_name(report.model),
        "examples": examples,
        "card": report.card(),
        "losses": losses(report),
        "kahn": kahn_matrix(report.findings),
        "tables": table_matrix(report.findings),
        "columns": COLUMNS,
        "contexts": CONTEXTS,
        "parts": parts(report),
        "fixes": fixes(report),
        "waived": waived(report),
        "severities": SEVERITIES,
        "subcategories": SUBCATEGORIES,
        "chunk": CHUNK,
    }


def _article(facts: dict[str, Any], language: Language) -> Markup:
    card = facts["card"]
    text = (
        _templates()
        .get_template("article.html")
        .render(
            **facts,
            language=language,
            t=lambda zh, en: Words(zh, en).in_(language),
            w=lambda words: words if isinstance(words, str) else words.in_(language),
            bars=Markup(category_bars(card, language)),  # noqa: S704 - escaped where it is drawn
            waterfall=Markup(  # noqa: S704 - escaped where it is drawn
                cost_waterfall(facts["losses"], card["total"], language)
            ),
        )
    )
    return Markup(text)  # noqa: S704 - rendered with escaping


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    def named(text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

    return f"default-src 'none'; style-src {named(style)}; script-src {named(script)}"
