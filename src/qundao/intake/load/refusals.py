"""What the work database refuses, told as problems: its own words may hold values of patients."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from qundao.intake import codes
from qundao.kernel.errors import fail

_FULL = ("no space left", "disk quota", "could not write")


@contextmanager
def as_problems(folder: Path) -> Iterator[None]:
    """Turn what the database raises into `intake.disk_full` or `intake.not_computable`.

    The database quotes the value that it stumbled over; nothing of it is passed on.
    """
    try:
        yield
    except duckdb.Error as error:
        told = str(error).lower()
        if any(words in told for words in _FULL):
            raise fail(codes.DISK_FULL, str(folder)) from None
        raise fail(codes.NOT_COMPUTABLE, type(error).__name__, "mapping") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise fail(codes.DISK_FULL, str(folder)) from error
        raise
