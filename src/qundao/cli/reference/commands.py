"""The page of commands, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from qundao.cli.main import build_parser
from qundao.cli.reference.markdown import cell, finish, heading, table
from qundao.kernel.words import Words


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("命令", "Commands"), "命令行解析器")
    yield ""
    yield "退出码：0 全部完成；1 部分失败，其余已写出；2 用法或数据源有误。"
    yield "Exit codes: 0 all done; 1 part failed, the rest is written; 2 usage or source."
    for parser in leaves(build_parser()):
        yield from _command(parser)


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers that run something, below `parser`, in order."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for child in group.choices.values():
            yield from leaves(child)


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield ""
    yield f"## {parser.prog}"
    yield ""
    yield parser.description or ""
    if parser.epilog:
        yield ""
        yield "```sh"
        yield from (line.strip() for line in parser.epilog.splitlines() if line.startswith(" "))
        yield "```"
    arguments = [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]
    if arguments:
        yield ""
        yield from table(("参数 argument", "含义 meaning"), (_argument(a) for a in arguments))


def _argument(action: argparse.Action) -> tuple[str, str]:
    names = ", ".join(action.option_strings) or action.metavar or action.dest
    value = "" if action.nargs == 0 or not action.option_strings else f" {_metavar(action)}"
    needed = " (required)" if action.required and action.option_strings else ""
    return f"`{names}{value}`", cell((action.help or "") + needed)


def _metavar(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())
