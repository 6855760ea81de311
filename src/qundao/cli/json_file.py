"""The option `--json FILE`: the outcome of a command for other programs."""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.drafts import draft_of
from qundao.kernel.errors import fail


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declare `--json FILE`."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome to FILE")


def write_json(options: argparse.Namespace, value: Any) -> None:
    """Write a value as a whole file, where one was asked for. Raises `cli.cannot_write`."""
    path: Path | None = options.json
    if path is None:
        return
    draft = draft_of(path)
    try:
        draft.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--json") from error
