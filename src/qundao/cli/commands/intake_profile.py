"""`qundao intake profile`: what files hold, before anything is mapped."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE, USAGE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress
from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.kernel.words import Words

_DONE, _PART_FAILED = 0, 1
_WROTE = Words("已写入 {path}（不要离开本单位）", "wrote {path} (keep it on the site)")
_OWNER_ONLY = 0o600


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao intake profile exports/ lab.xlsx --out profile.json"
    parser = add_command(group, "profile", "look at files or folders of files", example, _run)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    add_reading(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the profile as JSON")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Declare how sources are read; `reading_options` reads it."""
    parser.add_argument("--format", default="", metavar="F", help="else the file's name tells")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="K=V",
        help="an option of the format's reader, such as encoding=gb18030; may be repeated",
    )


def reading_options(told: Sequence[str]) -> dict[str, str]:
    """Return the reader's options. Raises `cli.usage` with every one that is no K=V."""
    raise_if(problem(USAGE, o, "--option", required="K=V") for o in told if not o.find("=") > 0)
    return {key: value for key, _, value in (o.partition("=") for o in told)}


def _run(options: argparse.Namespace) -> int:
    reading = reading_options(options.option)
    _check_out(options.out)
    profiling, text = load("qundao.intake.profile"), load("qundao.intake.profile_text")
    with closing(RowsProgress()) as progress:
        found = profiling.profile_paths(
            options.paths, format_=options.format, options=reading, progress=progress
        )
    for line in text.profile_lines(found.profile, language()):
        print(line)
    if options.out:
        _write(options.out, found.profile.to_json())
        print(_WROTE.format(path=options.out).in_(language()))
    return _tell(found.problems)


def _check_out(path: Path | None) -> None:
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise fail(CANNOT_WRITE, path, "--out")


def _tell(problems: Sequence[Problem]) -> int:
    for found in problems:
        print(found.line(language()), file=sys.stderr)
    return _PART_FAILED if problems else _DONE


def _write(path: Path, told: dict[str, Any]) -> None:
    """Replace the file as a whole, readable by its owner alone, or leave it as it was."""
    draft = path.with_name(path.name + ".tmp")
    try:
        draft.unlink(missing_ok=True)
        draft.touch(_OWNER_ONLY, exist_ok=False)
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
