"""A source that is one file: there, and readable."""

from __future__ import annotations

from pathlib import Path

from qundao.engines.codes import SOURCE_MISSING, SOURCE_UNREADABLE
from qundao.kernel.errors import fail


def readable_file(path: Path, what: str) -> Path:
    """Return `path` where a file is there and may be read.

    `what` names the kind of file. Raises `engines.source_missing` and
    `engines.source_unreadable`.
    """
    if not path.is_file():
        wanted = f"{what} (a folder is there)" if path.is_dir() else what
        raise fail(SOURCE_MISSING, str(path), "dsn", what=wanted)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        reason = f"{path}: {error.strerror}"
        raise fail(SOURCE_UNREADABLE, reason, "dsn", what=what) from error
