"""The places that intake's commands are told: where exports lie, and the intake folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from qundao.cli.codes import CANNOT_READ
from qundao.kernel.errors import fail


def add_places(parser: argparse.ArgumentParser) -> None:
    """Declare `--sources`, `--to` and `--memory-mb`."""
    parser.add_argument(
        "--sources", type=Path, required=True, metavar="DIR", help="where the exports lie"
    )
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="the intake folder: versions, key for pseudonyms, vault",
    )
    parser.add_argument(
        "--memory-mb", type=int, default=4_096, metavar="MB", help="memory for the work"
    )


def existing_folder(path: Path) -> Path:
    """Return a folder that is there. Raises `cli.cannot_read`."""
    if not path.is_dir():
        raise fail(CANNOT_READ, str(path), "DIR")
    return path


def made_folder(path: Path) -> Path:
    """Return a folder, made where it was not there, for its owner alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
