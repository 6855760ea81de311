"""The page of settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qundao.cli.reference.markdown import both, finish, heading, table
from qundao.cli.reference.modules import modules_with
from qundao.kernel.settings import Setting
from qundao.kernel.words import Words


def settings() -> tuple[Setting[Any], ...]:
    """Return every setting that any room declares, by name."""
    found = {
        value.name: value
        for module in modules_with("Setting(")
        for value in vars(module).values()
        if isinstance(value, Setting)
    }
    return tuple(found[name] for name in sorted(found))


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("设置", "Settings"), "各模块声明的设置")
    yield ""
    yield "都是环境变量；写错时程序不启动，并说明怎样更正。"
    yield "All are environment variables; a wrong one stops the start and says how to mend it."
    yield ""
    titles = ("变量 variable", "写法 form", "默认 default", "含义 meaning")
    yield from table(titles, (_row(s) for s in settings()))


def _row(setting: Setting[Any]) -> tuple[str, ...]:
    return (f"`{setting.name}`", setting.form, _default(setting), both(setting.meaning))


def _default(setting: Setting[Any]) -> str:
    value = setting.default
    if value is None or value in ("", ()):
        return "–"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"
