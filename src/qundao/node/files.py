"""Small files that must be whole and private: written once, mode 0600, on disk before we go on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qundao.kernel.errors import fail
from qundao.node.codes import DISK_FULL


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; an existing one is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Write or replace a file atomically, mode 0600. Raises `node.disk_full`."""
    draft = path.with_name(path.name + ".new")
    with disk_errors(path):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        _sync_folder(path.parent)


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turn a full disk or an exhausted quota into `node.disk_full`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise fail(DISK_FULL, str(place)) from error
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
