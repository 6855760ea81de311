"""The language that this process speaks: the terminal's, and what a node asks its hub for."""

from __future__ import annotations

import os

from qundao.kernel.settings import Setting
from qundao.kernel.words import Language, Words, as_language

LANGUAGE: Setting[Language | None] = Setting(
    "QUNDAO_LANGUAGE",
    as_language,
    None,
    "zh, en",
    Words(
        "命令行的语言，也是节点请平台使用的语言；默认依系统的语言环境",
        "the command line's language, and the one a node asks the hub for; by default the locale's",
    ),
)


def language() -> Language:
    """Return the language of the terminal: QUNDAO_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    of_locale = next((os.environ[n] for n in names if os.environ.get(n)), "en")
    return LANGUAGE.value(os.environ) or as_language(of_locale)
