"""A mapping as a file that a command is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_READ
from qundao.cli.parsing import load
from qundao.kernel.errors import fail


def mapping_in(path: Path) -> Any:
    """Return the mapping in a file. Raises `cli.cannot_read`, `intake.bad_mapping`."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(CANNOT_READ, f"{path}: {type(error).__name__}", "FILE") from error
    return load("qundao.intake.mapping").read_mapping(text, path.name)
