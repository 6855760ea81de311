"""`qundao intake template`: a mapping to begin with, for exports of a usual form."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_WROTE = Words(
    "已写入 {path}：按标有【改】之处修改，再运行"
    " qundao intake map {path} --sources 来源文件夹 --to 载入文件夹",
    "wrote {path}: adapt what is marked [ADAPT], then"
    " qundao intake map {path} --sources EXPORTS --to INTAKE",
)


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao intake template hospital-omop --out hospital-omop.yaml"
    parser = add_command(
        group, "template", "list mappings to begin with, or get one", example, _run
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="else all are listed")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a new file; else it is shown")


def _run(options: argparse.Namespace) -> int:
    room = load("qundao.intake.templates")
    if not options.name:
        for name, words in room.TEMPLATES.items():
            print(f"{name:<20} {words.in_(language())}")
        return 0
    text = room.template(options.name)
    if not options.out:
        sys.stdout.write(text)
        return 0
    _write(options.out, text)
    print(_WROTE.format(path=options.out).in_(language()))
    return 0


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet: what somebody adapted is never replaced."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
