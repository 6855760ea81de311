"""The command line's settings from the environment."""

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
        "命令行的语言；默认依系统的语言环境",
        "the command line's language; by default that of the locale",
    ),
)
OPERATOR_PASSWORD: Setting[str] = Setting(
    "QUNDAO_OPERATOR_PASSWORD",
    str,
    "",
    "text",
    Words(
        "qundao hub init 所建首个账号的口令；不设则在终端询问",
        "password of the account that qundao hub init makes; asked for when absent",
    ),
    secret=True,
)


def language() -> Language:
    """Return the language of the terminal: QUNDAO_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    of_locale = next((os.environ[n] for n in names if os.environ.get(n)), "en")
    return LANGUAGE.value(os.environ) or as_language(of_locale)
