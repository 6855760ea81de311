"""`qundao demo`: play the whole story with real processes on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from qundao.cli.parsing import Subparsers, add_command, load


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    parser = add_command(
        parsers,
        "demo",
        "play the main job end to end: five members, two studies, credits and proof",
        "qundao demo --no-serve --json out.json",
        _run,
    )
    folder = Path("demo-data")
    parser.add_argument("--dir", type=Path, default=folder, help="where it lives (./demo-data)")
    parser.add_argument("--fresh", action="store_true", help="start anew instead of continuing")
    parser.add_argument("--no-serve", action="store_true", help="end after the story")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")


def _run(options: argparse.Namespace) -> int:
    # by name: no other command need wait for what the story imports
    code: int = load("qundao.cli.demo.playing").run(options)
    return code
