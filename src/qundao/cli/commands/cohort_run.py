"""`qundao cohort run`: the members of every definition, from one source."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from qundao.cli.cohort_files import ROWS, SUMMARY, cohort_files, subject_type
from qundao.cli.definition_files import Read, definition_files, read_files
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import Problem
from qundao.kernel.words import Words

_LINE = Words(
    "{definition_id}：{rows:,} 行，{subjects:,} 人",
    "{definition_id}: {rows:,} rows, {subjects:,} persons",
)
_DONE = Words(
    "{all} 个定义：{answered} 个有结果，{failed} 个失败；共 {rows:,} 行，写入 {folder}",
    "{all} definitions: {answered} answered, {failed} failed; {rows:,} rows in all, in {folder}",
)
_MORE = Words("{id}：另有 {n} 处问题", "{id}: {n} more problems")
_SHOWN = 20
_TOLD = 5


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao cohort run --data duckdb:hospital.duckdb --definitions phenotypes/ --out out/"
    parser = add_command(group, "run", "write the members of every definition", example, _run)
    parser.add_argument(
        "--data",
        required=True,
        metavar="DSN",
        help="duckdb:FILE, parquet:DIR, postgresql://… or spark:DIR",
    )
    parser.add_argument(
        "--definitions",
        type=Path,
        required=True,
        action="append",
        metavar="PATH",
        help="a definition (Circe JSON or our own), or a folder of *.json; may be repeated",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=f"where {SUMMARY} and {ROWS} go"
    )
    parser.add_argument("--cdm-version", choices=["5.3", "5.4"], help="else the source is asked")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary to FILE, too")


def _run(options: argparse.Namespace) -> int:
    files = definition_files(options.definitions, "--definitions", options.out / SUMMARY)
    found = tuple(read_files(files))
    engines = load("qundao.engines")
    with engines.open_engine(options.data) as engine:
        engines.model_version(engine, told=options.cdm_version)
        results = _results(engine, found)
        subject = subject_type([r.definition for r in found])
        with cohort_files(options.out, subject, options.json) as out:
            problems = _collect(results, out)
    _tell(problems)
    _show(out.summary["definitions"], options.out)
    return int(bool(problems))


def _results(engine: Any, found: Sequence[Read]) -> Iterable[Any]:
    """Yield a result per file: at once where it could not be read, else when it has run."""
    batch = load("qundao.query.batch")
    yield from (batch.Result(r.file.id, None, problems=r.problems) for r in found if r.problems)
    asked = [batch.Named(r.file.id, r.definition) for r in found if not r.problems]
    yield from batch.run_definitions(engine, asked, TerminalProgress())


def _collect(results: Iterable[Any], out: Any) -> dict[str, tuple[Problem, ...]]:
    """Hand every result over and return the problems, by id."""
    problems: dict[str, tuple[Problem, ...]] = {}
    for result in results:
        out.add(result)
        if result.problems:
            problems[result.id] = result.problems
    return problems


def _tell(problems: dict[str, tuple[Problem, ...]]) -> None:
    for name, found in sorted(problems.items()):
        for one in found[:_TOLD]:
            print(f"{name}: {one.line(language())}", file=sys.stderr)
        if len(found) > _TOLD:
            more = _MORE.format(id=name, n=len(found) - _TOLD)
            print(more.in_(language()), file=sys.stderr)


def _show(entries: Sequence[dict[str, Any]], folder: Path) -> None:
    answered = [e for e in entries if e["error"] is None]
    if len(entries) <= _SHOWN:
        for entry in answered:
            print(_LINE.format(**entry).in_(language()))
    facts = {
        "all": len(entries),
        "answered": len(answered),
        "failed": len(entries) - len(answered),
        "rows": sum(e["rows"] for e in answered),
        "folder": folder,
    }
    print(_DONE.format(**facts).in_(language()))
