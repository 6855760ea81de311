"""`qundao quality run`: check a source where it lies and write the findings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_READ
from qundao.cli.commands import quality_profile
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.cli.progress import TerminalProgress
from qundao.cli.quality_files import add_files, check_files, make_files, write_files
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_TOTAL = Words("总分", "total")
_MEND = Words("先改这些（按扣分）", "mend these first (points lost)")
_WITHOUT = Words("不计豁免的总分", "total without waivers")
_WAIVED = Words("已豁免至 {until}", "waived until {until}")
_EXPIRED = Words(
    "豁免已于 {until} 到期，不再计入", "the waiver ended on {until} and counts no more"
)
_SHOWN = 10


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    group = add_group(parsers, "quality", "check the quality of a source")
    example = "qundao quality run --data duckdb:hospital.duckdb --html report.html"
    parser = add_command(group, "run", "run every check that applies", example, _run)
    parser.add_argument(
        "--data",
        required=True,
        metavar="DSN",
        help="duckdb:FILE, parquet:DIR, postgresql://… or spark:DIR",
    )
    parser.add_argument("--cdm-version", choices=["5.3", "5.4"], help="else the source is asked")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="JSON: the tables, where they are of no standard (model.json of a load)",
    )
    parser.add_argument(
        "--checks", type=Path, metavar="FILE", help="YAML: thresholds, checks, waivers of the site"
    )
    add_files(parser)
    quality_profile.add(group)


def _run(options: argparse.Namespace) -> int:
    check_files(options)
    engines, models, quality = (load(f"qundao.{r}") for r in ("engines", "models", "quality"))
    with engines.open_engine(options.data) as engine:
        model = _model(options.model, models) or models.model_of(
            engines.model_version(engine, told=options.cdm_version)
        )
        site = _site(options.checks, engine, model, quality)
        report = quality.run(engine, model, progress=TerminalProgress(), site=site)
        files = make_files(options, report, engine, model)
    _show(report)
    return write_files(files)


def _model(path: Path | None, models: Any) -> Any:
    """Return the model that a file describes, None without one."""
    if path is None:
        return None
    try:
        return models.model_from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise fail(CANNOT_READ, f"{path}: {error}", "--model") from error


def _site(path: Path | None, engine: Any, model: Any, quality: Any) -> Any:
    """Return what the site's file sets, or None. Raises `quality.*` with every defect."""
    if path is None:
        return None
    try:
        text = quality.read_bytes(path.read_bytes(), path.name)
    except OSError as error:
        raise fail(CANNOT_READ, f"{path}: {error.strerror}", "--checks") from error
    return quality.read_site(text, path.name, engine, model)


def _show(report: Any) -> None:
    for finding in report.findings:
        if finding.status in ("failed", "error"):
            check, counts = (
                finding.check,
                f"{finding.violated_rows:,} / {finding.denominator_rows:,}",
            )
            waived = f"  {_waived(finding.waiver)}" if finding.waiver else ""
            print(f"{finding.status:<7} {check.question:<34} {_place(check):<48} {counts}{waived}")
    card, spoken = report.scorecard, language()
    print(f"\n{report.model}: {_TOTAL.in_(spoken)} {float(card.total):.2f}")
    for category, points in card.categories.items():
        print(f"  {category.words.in_(spoken)} {float(points):.2f}")
    if card.costs:
        print(_MEND.in_(spoken))
    for cost in card.costs[:_SHOWN]:
        check = cost.finding.check
        print(f"  −{float(cost.points):.2f}  {_place(check)}  {check.words.in_(spoken)}")
    _show_waivers(report)


def _show_waivers(report: Any) -> None:
    """Say what was waived, what the total would be without, and which waivers are over."""
    spoken, card = language(), report.scorecard
    if card.waived:
        print(f"{_WITHOUT.in_(spoken)} {float(card.total_without_waivers):.2f}")
    for cost in card.waived:
        place = f"{cost.finding.check.question} {_place(cost.finding.check)}"
        print(f"  ({float(cost.points):.2f})  {place}  {_waived(cost.finding.waiver)}")
    for waiver in report.site.get("waivers", ()):
        if waiver["expired"]:
            over = _EXPIRED.format(until=waiver["until"]).in_(spoken)
            print(f"  {waiver['check']}  {over}: {waiver['reason']}")


def _waived(waiver: Any) -> str:
    told = _WAIVED.format(until=waiver.until.isoformat()).in_(language())
    return f"{told}: {waiver.reason}"


def _place(check: Any) -> str:
    return ".".join(filter(None, (check.table, check.field)))
