"""`qundao cohort validate`: what looks wrong in definitions, and what a source lacks for them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from qundao.cli.definition_files import Read, definition_files, read_files
from qundao.cli.environment import language
from qundao.cli.json_file import add_json, write_json
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.kernel.errors import Problem
from qundao.kernel.words import Words

SCHEMA = "qundao.cohort-warnings/1"
_ERROR, _WARNING = Words("错误", "error"), Words("提醒", "warning")
_DONE = Words(
    "{all} 个定义：{failed} 个无法读取，{doubtful} 个有提醒，共 {warnings} 处",
    "{all} definitions: {failed} cannot be read, {doubtful} with warnings, {warnings} in all",
)


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao cohort validate phenotypes/ --data duckdb:hospital.duckdb"
    what = "warn of empty or unused concept sets, contradictions, rules nobody can meet"
    parser = add_command(group, "validate", what, example, _run)
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a definition, or a folder of *.json"
    )
    parser.add_argument("--data", metavar="DSN", help="also say what this source lacks")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    files = definition_files(options.paths, "PATH")
    with _source(options.data) as engine:
        told = [(read, _warnings(read, engine)) for read in read_files(files)]
    for read, warnings in told:
        _show(read, warnings)
    failed = sum(bool(r.problems) for r, _ in told)
    counts = [len(w) for _, w in told if w]
    facts = {"all": len(told), "failed": failed, "doubtful": len(counts), "warnings": sum(counts)}
    print(_DONE.format(**facts).in_(language()))
    write_json(options, {"schema": SCHEMA, "definitions": [_entry(*one) for one in told]})
    return int(bool(failed))


def _source(dsn: str | None) -> Any:
    """Return the source's engine as a context, None without one."""
    return nullcontext() if dsn is None else load("qundao.engines").open_engine(dsn)


def _warnings(read: Read, engine: Any) -> tuple[Problem, ...]:
    if read.problems:
        return ()
    warnings = load("qundao.query.warnings")
    found: tuple[Problem, ...] = warnings.design_warnings(read.definition)
    if engine is not None:
        found += warnings.source_warnings(engine, read.definition)
    return found


def _show(read: Read, warnings: Sequence[Problem]) -> None:
    for kind, found in ((_ERROR, read.problems), (_WARNING, warnings)):
        for one in found:
            print(f"{read.file.id}: {kind.in_(language())}: {one.line(language())}")


def _entry(read: Read, warnings: Sequence[Problem]) -> dict[str, Any]:
    return {
        "definition_id": read.file.id,
        "errors": [p.text(language()) for p in read.problems],
        "warnings": [p.text(language()) for p in warnings],
    }
