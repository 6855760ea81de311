"""The command line's settings from the environment."""

from __future__ import annotations

from qundao.kernel.language import LANGUAGE, language
from qundao.kernel.settings import Setting
from qundao.kernel.words import Words

__all__ = ["LANGUAGE", "OPERATOR_PASSWORD", "language"]

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
