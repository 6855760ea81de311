"""Python's search for unused cycles, made rarer while much is made and little dropped."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_TIMES = 100
_lock = Lock()
_within, _usual = 0, 0


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Search a hundred times more rarely; the usual again when the last of all blocks ends.

    Planning queries makes many objects and drops few: each search goes through every module in
    vain, which can take as long as the planning itself, and no thread does anything meanwhile.
    """
    global _within, _usual
    with _lock:
        if not _within:
            _usual, *older = gc.get_threshold()
            gc.set_threshold(_TIMES * _usual, *older)
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if not _within:
                gc.set_threshold(_usual, *gc.get_threshold()[1:])
