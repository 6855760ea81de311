"""Writes a file whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qundao.intake.codes import DISK_FULL
from qundao.kernel.errors import fail


def readable_name(path: Path) -> str:
    """Return a file's name; one that is not UTF-8 as GB 18030, as archives made in China hold it.

    What is neither is told byte by byte.
    """
    raw = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return raw.decode("ascii", "backslashreplace")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a new path beside `target`, which takes its place when the block ends well.

    Raises `intake.disk_full`; whatever goes wrong, the old file stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        draft.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise fail(DISK_FULL, str(target)) from error
        raise
    finally:
        draft.unlink(missing_ok=True)
