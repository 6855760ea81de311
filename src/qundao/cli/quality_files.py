"""The files of `qundao quality run`: report.json, the page, DataQualityDashboard's results."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE, USAGE
from qundao.cli.environment import language
from qundao.cli.parsing import load
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.kernel.words import Words

_WROTE = Words("已写入 {path}", "wrote {path}")
_WITH_KEYS = Words(
    "已写入 {path}（含行的主键：不要离开本单位）",
    "wrote {path} (it holds keys of rows: keep it on the site)",
)
_FILES = ("out", "html", "dqd")
_OWNER_ONLY, _AS_USUAL = 0o600, 0o666


def add_files(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name files."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="write report.json")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page")
    parser.add_argument(
        "--examples",
        action="store_true",
        help="put up to 20 keys of violated rows per check on the page: for the steward alone",
    )
    parser.add_argument(
        "--dqd", type=Path, metavar="FILE", help="write DataQualityDashboard's results JSON"
    )


def check_files(options: argparse.Namespace) -> None:
    """Fail before the work, not after it, where a file could not be written: all of them at once.

    Raises `cli.cannot_write` and `cli.usage`.
    """
    raise_if(_defects(options))


def _defects(options: argparse.Namespace) -> Iterator[Problem]:
    for name in _FILES:
        path = getattr(options, name)
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            yield problem(CANNOT_WRITE, path, f"--{name}")
    if options.examples and not options.html:
        yield problem(USAGE, "--examples", "--examples", required="--html FILE")
    named = [p.absolute() for n in _FILES if (p := getattr(options, n))]
    if len(set(named)) < len(named):
        yield problem(USAGE, ", ".join(map(str, named)), "FILE", required="a file for each")


def make_files(
    options: argparse.Namespace, report: Any, engine: Any, model: Any
) -> list[Callable[[], None]]:
    """Return how to write what was asked for, once the source is given back."""
    naming = load("qundao.quality.naming")
    facts = naming.source_facts(engine) if options.html or options.dqd else {}
    statements = _statements(report, engine, model) if options.dqd else {}
    name = facts.get("cdm_source_name") or Path(str(engine.describe()["place"])).name
    texts = {
        "out": lambda: _json(report.to_json(), indent=1),
        "html": lambda: _page(report, name, examples=options.examples),
        "dqd": lambda: _dqd(report, facts, statements),
    }
    return [
        _writer(path, texts[n], f"--{n}", secret=n == "html" and options.examples)
        for n in _FILES
        if (path := getattr(options, n))
    ]


def _statements(report: Any, engine: Any, model: Any) -> Mapping[str, str]:
    found: Mapping[str, str] = load("qundao.quality.dqd").statements_of(report, engine, model)
    return found


def write_files(writers: list[Callable[[], None]]) -> int:
    """Write them all and return the exit code: 1 where one could not be written, after the rest."""
    failed = False
    for write in writers:
        try:
            write()
        except QundaoError as error:
            failed = True
            for found in error.problems:
                print(found.line(language()), file=sys.stderr)
    return int(failed)


def _page(report: Any, name: str, *, examples: bool) -> str:
    html = load("qundao.quality.html")
    page: str = html.report_html(report, source=name, language=language(), examples=examples)
    return page


def _dqd(report: Any, facts: Any, statements: Any) -> str:
    return _json(load("qundao.quality.dqd").dqd_results(report, facts, statements))


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent) + "\n"


def _writer(
    path: Path, text: Callable[[], str], option: str, *, secret: bool
) -> Callable[[], None]:
    def write() -> None:
        _write(path, text(), option, _OWNER_ONLY if secret else _AS_USUAL)
        said = _WITH_KEYS if secret else _WROTE
        print(said.format(path=path).in_(language()))

    return write


def _write(path: Path, text: str, option: str, mode: int) -> None:
    """Replace the file as a whole, or leave it as it was."""
    draft = path.with_name(path.name + ".tmp")
    try:
        draft.unlink(missing_ok=True)
        draft.touch(mode, exist_ok=False)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", option) from error
