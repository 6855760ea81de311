"""`qundao quality profile`: look at any one table and tell what it holds and what is wrong."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_READ, CANNOT_WRITE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_HEAD = Words("列 类型 缺失% 不同值 异常", "column type missing% distinct violations")
_TOTAL = Words("总分", "total")
_SUSPECT = Words("疑似个人信息", "seems personal")
_SHOWN = 10


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao quality profile --data csv:laboratory.csv --out profile.json"
    parser = add_command(group, "profile", "profile any one table", example, _run)
    parser.add_argument(
        "--data", required=True, metavar="DSN", help="csv:FILE, parquet:DIR, duckdb:FILE, …"
    )
    parser.add_argument("--table", metavar="NAME", help="which table, if there are several")
    parser.add_argument("--against", type=Path, metavar="FILE", help="an earlier profile: drift")
    parser.add_argument(
        "--floor", type=int, default=10, metavar="K", help="show values of K rows or more (10)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the steward's profile")
    parser.add_argument("--banded", type=Path, metavar="FILE", help="write what may leave the node")


def _run(options: argparse.Namespace) -> int:
    before = _read(options.against) if options.against else None
    for path, name in ((options.out, "--out"), (options.banded, "--banded")):
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise fail(CANNOT_WRITE, path, name)
    engines, profiling = load("qundao.engines"), load("qundao.quality.profile")
    with engines.open_engine(options.data) as engine:
        found = profiling.profile_table(
            engine,
            options.table,
            against=before,
            floor=max(1, options.floor),
            progress=TerminalProgress(),
        )
    told = found.to_json()
    _show(found, told)
    if options.out:
        _write(options.out, told, "--out")
    if options.banded:
        _write(options.banded, profiling.for_hub(told, max(1, options.floor)), "--banded")
    return 0


def _show(found: Any, told: dict[str, Any]) -> None:
    spoken = language()
    print(_HEAD.in_(spoken))
    for column in told["columns"]:
        personal = f"  [{_SUSPECT.in_(spoken)}]" if column["personal"] else ""
        print(
            f"  {column['name']:<28} {column['type']:<26} {column['missing_pct']:>7.2f}"
            f" {column['distinct']:>9,} {column['violations']:>7,}{personal}"
        )
    print(f"{told['table']}: {_TOTAL.in_(spoken)} {float(found.scorecard.total):.2f}")
    for cost in found.scorecard.costs[:_SHOWN]:
        check, finding = cost.finding.check, cost.finding
        counts = f"{finding.violated_rows:,} / {finding.denominator_rows:,}"
        place = ".".join(filter(None, (check.table, check.field)))
        print(f"  −{float(cost.points):.2f}  {place}  {check.words.in_(spoken)}  {counts}")


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise fail(CANNOT_READ, f"{path}: {type(error).__name__}", "--against") from error
    return told if isinstance(told, dict) else {}


def _write(path: Path, told: dict[str, Any], name: str) -> None:
    draft = path.with_name(path.name + ".tmp")
    try:
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", name) from error
