"""Plays the story from its options to its end, and leaves no process behind."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from qundao.cli.demo.show import keep_open, revive
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps import STEPS
from qundao.cli.demo.story import play
from qundao.cli.environment import language

SCHEMA = "qundao.demo/1"


def run(options: argparse.Namespace) -> int:
    """Play the story; return the exit code."""
    # Told to end, the story must stop its six processes, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, _end)
    stage = Stage(options.dir, fresh=options.fresh)
    try:
        revive(stage)
        records = play(STEPS, stage, language())
        if options.json:
            _write(options.json, records)
        if not options.no_serve and sys.stdout.isatty():
            keep_open(stage, language())
    finally:
        # A second Ctrl-C must not leave processes behind.
        for impatient in (signal.SIGINT, signal.SIGTERM):
            signal.signal(impatient, signal.SIG_IGN)
        stage.stop()
    return 0


def _end(_: int, __: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    text = json.dumps({"schema": SCHEMA, "steps": records}, ensure_ascii=False, indent=1)
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(text + "\n", "utf-8")
    draft.replace(path)
