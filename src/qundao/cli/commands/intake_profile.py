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
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument(
        "--database", metavar="URL", help="look at views of a database: '$NAME' of its address"
    )
    parser.add_argument(
        "--view", action="append", default=[], metavar="V", help="a view or table; may be repeated"
    )
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
    _check_sources(options)
    text = load("qundao.intake.profile_text")
    with closing(RowsProgress()) as progress:
        profile, problems = _profiled(options, reading, progress)
    for line in text.profile_lines(profile, language()):
        print(line)
    if options.out:
        _write(options.out, profile.to_json())
        print(_WROTE.format(path=options.out).in_(language()))
    return _tell(problems)


def _profiled(
    options: argparse.Namespace, reading: dict[str, str], progress: RowsProgress
) -> tuple[Any, Sequence[Problem]]:
    profiling = load("qundao.intake.profile")
    if options.database:
        views = load("qundao.intake.readers.sql").open_views(options.database, options.view)
        return profiling.profile_readers(views, progress=progress), ()
    found = profiling.profile_paths(
        options.paths, format_=options.format, options=reading, progress=progress
    )
    return found.profile, found.problems


def _check_sources(options: argparse.Namespace) -> None:
    """Refuse what is neither files nor views, and a password that others could read here."""
    if bool(options.paths) == bool(options.database):
        raise fail(USAGE, "", "PATH", required="PATH … | --database '$NAME' --view V")
    if bool(options.database) != bool(options.view):
        raise fail(USAGE, "", "--view", required="--database '$NAME' --view V")
    if options.database and load("qundao.intake.readers.addresses").holds_password(
        options.database
    ):
        raise fail(USAGE, "…", "--database", required="'$NAME'")


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
