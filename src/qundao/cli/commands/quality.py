"""`qundao quality run`: check a source where it lies and write the findings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_TOTAL = Words("总分", "total")
_MEND = Words("先改这些（按扣分）", "mend these first (points lost)")
_SHOWN = 10


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    group = add_group(parsers, "quality", "check the quality of a source")
    example = "qundao quality run --data duckdb:hospital.duckdb --out report.json"
    parser = add_command(group, "run", "run every check that applies", example, _run)
    parser.add_argument("--data", required=True, metavar="DSN", help="duckdb:FILE or parquet:DIR")
    parser.add_argument("--cdm-version", choices=["5.3", "5.4"], help="else the source is asked")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write report.json")


def _run(options: argparse.Namespace) -> int:
    if options.out:
        _check_writable(options.out)
    engines, models, quality = (load(f"qundao.{r}") for r in ("engines", "models", "quality"))
    with engines.open_engine(options.data) as engine:
        version = engines.model_version(engine, told=options.cdm_version)
        report = quality.run(engine, models.model_of(version), progress=TerminalProgress())
    _show(report)
    if options.out:
        _write(options.out, report.to_json())
    return 0


def _show(report: Any) -> None:
    for finding in report.findings:
        if finding.status in ("failed", "error"):
            check, counts = (
                finding.check,
                f"{finding.violated_rows:,} / {finding.denominator_rows:,}",
            )
            print(f"{finding.status:<7} {check.question:<34} {_place(check):<48} {counts}")
    card, spoken = report.scorecard, language()
    print(f"\n{report.model}: {_TOTAL.in_(spoken)} {float(card.total):.2f}")
    for category, points in card.categories.items():
        print(f"  {category.words.in_(spoken)} {float(points):.2f}")
    if card.costs:
        print(_MEND.in_(spoken))
    for cost in card.costs[:_SHOWN]:
        check = cost.finding.check
        print(f"  −{float(cost.points):.2f}  {_place(check)}  {check.words.in_(spoken)}")


def _place(check: Any) -> str:
    return ".".join(filter(None, (check.table, check.field)))


def _check_writable(path: Path) -> None:
    """Fail before the work, not after it, where the report could not be written."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise fail(CANNOT_WRITE, path, "--out")


def _write(path: Path, report: dict[str, Any]) -> None:
    draft = path.with_name(path.name + ".tmp")
    try:
        draft.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
