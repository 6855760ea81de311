"""`qundao cohort explain`: definitions in words, for those who review them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qundao.cli.definition_files import Read, definition_files, read_files
from qundao.cli.environment import language
from qundao.cli.json_file import add_json, write_json
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.kernel.words import LANGUAGES

SCHEMA = "qundao.cohort-words/1"


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao cohort explain phenotypes/12.json --language zh-hans"
    parser = add_command(group, "explain", "say a definition in words", example, _run)
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a definition, or a folder of *.json"
    )
    parser.add_argument("--language", choices=LANGUAGES, help="else the terminal's")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    found = tuple(read_files(definition_files(options.paths, "PATH")))
    spoken = options.language or language()
    _show([r for r in found if not r.problems], spoken)
    failed = [r for r in found if r.problems]
    for read in failed:
        for one in read.problems:
            print(f"{read.file.id}: {one.line(spoken)}", file=sys.stderr)
    write_json(options, {"schema": SCHEMA, "definitions": [_entry(r) for r in found]})
    return int(bool(failed))


def _show(found: Sequence[Read], spoken: str) -> None:
    """Print each definition's words, under its id where there are several."""
    for i, read in enumerate(found):
        if len(found) > 1:
            print(f"{'' if i == 0 else chr(10)}# {read.file.id}")
        print(_words(read).in_(spoken))


def _words(read: Read) -> Any:
    return load("qundao.query.words").words(read.definition)


def _entry(read: Read) -> dict[str, Any]:
    """Return both languages of a definition, or what is wrong with it."""
    if read.problems:
        problems = [p.text(language()) for p in read.problems]
        return {"definition_id": read.file.id, "words": None, "errors": problems}
    told = _words(read)
    words = {"zh-hans": told.zh, "en": told.en}
    return {"definition_id": read.file.id, "words": words, "errors": []}
