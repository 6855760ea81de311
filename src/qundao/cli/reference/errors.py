"""The page of error codes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from qundao.cli.reference.markdown import both, finish, heading, table
from qundao.cli.reference.modules import modules_with
from qundao.kernel.errors import ErrorCode, declared_codes
from qundao.kernel.words import Words


def codes() -> tuple[ErrorCode, ...]:
    """Return every error code that any room declares, by name."""
    constants = {
        value
        for module in modules_with("declare(")
        for value in vars(module).values()
        if isinstance(value, str)
    }
    return tuple(c for c in declared_codes().values() if c.name in constants)


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("错误码", "Error codes"), "各模块的 `codes.py`")
    yield ""
    yield "每条错误都说明要求什么、收到什么、怎么办。"
    yield "Each error says what was required, what was received and what to do."
    for room, members in groupby(codes(), key=lambda c: c.name.partition(".")[0]):
        yield ""
        yield f"## {room}"
        yield ""
        titles = ("代码 code", "含义 meaning", "要求 required", "怎么办 what to do", "HTTP")
        yield from table(titles, (_row(c) for c in members))


def _row(code: ErrorCode) -> tuple[str, ...]:
    anchored = f'<a id="{code.name}"></a>`{code.name}`'
    words = (both(w) for w in (code.title, code.required, code.remedy))
    return (anchored, *words, str(code.status))
