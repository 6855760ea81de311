"""Private folders for copies and spilled rows: mode 0700, gone when the engine closes.

Patient rows may lie in such a folder. One that a killed process left behind is removed by the
next engine that opens on the machine: the folder's name holds the process id.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qundao.engines.codes import DISK_FULL, SOURCE_CHANGING
from qundao.kernel.errors import fail

_PREFIX = "qundao-engine-"
_NAME = re.compile(rf"^{_PREFIX}(\d+)-")
_TRIES = 3


def private_folder(parent: Path | None) -> Path:
    """Make a new private folder below `parent`. Raises `engines.disk_full`."""
    base = Path(parent or tempfile.gettempdir())
    remove_orphans(base)
    with disk_errors(base):
        return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))


def remove_orphans(base: Path) -> None:
    """Remove private folders whose process no longer lives."""
    for folder in base.glob(f"{_PREFIX}*"):
        found = _NAME.match(folder.name)
        if found and not _lives(int(found.group(1))):
            shutil.rmtree(folder, ignore_errors=True)


def copy_settled(source: Path, target: Path) -> None:
    """Copy a database file and its write-ahead log, both from one moment.

    Raises `engines.source_changing` when the file would not stay still, `engines.disk_full`
    when the copy does not fit, and OSError where the source cannot be read.
    """
    for _ in range(_TRIES):
        before = _state(source)
        copy_file(source, target)
        if _log(source).exists():
            copy_file(_log(source), _log(target))
        if _state(source) == before:
            return
    raise fail(SOURCE_CHANGING, str(source))


def copy_file(source: Path, target: Path) -> None:
    """Copy bytes, saying `engines.disk_full` when there is no room for them."""
    with disk_errors(target.parent):
        shutil.copyfile(source, target)


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turn a full disk or an exhausted quota into `engines.disk_full`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise fail(DISK_FULL, str(place)) from error
        raise


def _log(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _state(source: Path) -> tuple[tuple[int, int, int], ...]:
    parts = (p for p in (source, _log(source)) if p.exists())
    return tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in (p.stat() for p in parts))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
