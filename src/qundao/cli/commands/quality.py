"""`qundao quality run`: check a source where it lies and write the findings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.cli.progress import TerminalProgress


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    group = add_group(parsers, "quality", "check the quality of a source")
    example = "qundao quality run --data duckdb:hospital.duckdb --out report.json"
    parser = add_command(group, "run", "run every check that applies", example, _run)
    parser.add_argument("--data", required=True, metavar="DSN", help="duckdb:FILE or parquet:DIR")
    parser.add_argument("--cdm-version", choices=["5.3", "5.4"], help="else the source is asked")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write report.json")


def _run(options: argparse.Namespace) -> int:
    engine = load("qundao.engines").open_engine(options.data)
    try:
        model = load("qundao.models").detect(engine, options.cdm_version)
        report = load("qundao.quality").run(engine, model, progress=TerminalProgress())
    finally:
        engine.close()
    _show(report.to_json(), report.scorecard.to_json())
    if options.out:
        _write(options.out, report.to_json())
    return 0


def _show(report: dict[str, Any], scorecard: dict[str, Any]) -> None:
    for check in report["checks"]:
        if check["status"] in ("failed", "error"):
            place = ".".join(filter(None, (check["table"], check["field"])))
            share = f"{check['violated_rows']:,} of {check['denominator_rows']:,} rows"
            print(f"{check['status']:<7} {check['check']:<32} {place:<48} {share}")
    print(json.dumps(scorecard, ensure_ascii=False))


def _write(path: Path, report: dict[str, Any]) -> None:
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(path)
