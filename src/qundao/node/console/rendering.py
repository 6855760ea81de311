"""Renders the console's templates: Chinese first, English complete, values always escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qundao.access.reasons import reason_words
from qundao.access.terms import PURPOSES
from qundao.disclosure.data_classes import DATA_CLASSES
from qundao.kernel.clock import parse_stamp
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Language, Words
from qundao.node.console.desk import Desk


def render(
    desk: Desk,
    request: Request,
    template: str,
    facts: dict[str, Any],
    error: QundaoError | None = None,
) -> Response:
    """Return a page; with an error, its problems stand on top and give the status."""
    language = language_of(request)
    session = desk.session(request)
    page = (
        _templates()
        .get_template(template)
        .render(
            **facts,
            t=_translator(language),
            say=lambda words: words.in_(language),
            language=language,
            problems=[p.text(language) for p in error.problems] if error else [],
            csrf=session.csrf if session else "",
            signed_in=session is not None,
            person=session.person if session else None,
            identity=desk.office.identity,
            path=request.url.path,
            at=_local_time,
            reason=lambda text: _reason(text, language),
            purpose=lambda name: _purpose(name, language),
            data_class=lambda name: _data_class(name, language),
        )
    )
    return HTMLResponse(page, error.status if error else 200)


def language_of(request: Request) -> Language:
    """Return the language that the reader chose; Chinese unless English was."""
    return "en" if request.cookies.get("qundao_language") == "en" else "zh-hans"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("qundao.node.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _translator(language: Language) -> Any:
    def choose(zh: Any, en: str = "") -> str:
        """Return `t("中文", "English")`, or the right half of a {zh, en} value."""
        if isinstance(zh, dict):
            return str(zh["en" if language == "en" else "zh"])
        return Words(zh, en).in_(language)

    return choose


def _local_time(text: str | None) -> str:
    """Return a stamp in this machine's time: `2026-11-22 09:02:03 CST`."""
    if not text:
        return "–"
    return parse_stamp(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _reason(text: str | None, language: Language) -> str:
    said = reason_words(text or "")
    return said if isinstance(said, str) else said.in_(language)


def _purpose(name: str, language: Language) -> str:
    found = PURPOSES.get(name)
    return found.in_(language) if found else name


def _data_class(name: str, language: Language) -> str:
    found = DATA_CLASSES.get(name)
    return found.words.in_(language) if found else name
