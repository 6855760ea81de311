"""Files that are replaced as a whole: written beside their place, moved there when complete."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_DRAFT = re.compile(r"\.(\d+)\.tmp$")


def draft_of(path: Path) -> Path:
    """Return where this process writes what is to become `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_left_drafts(path: Path) -> None:
    """Remove the drafts of `path` whose process no longer lives (it was killed)."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        found = _DRAFT.search(left.name)
        if found and not _lives(int(found.group(1))):
            with suppress(OSError):
                left.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
