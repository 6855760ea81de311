"""Runs work side by side, as far as an engine has a use for it, and gives answers in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_W = TypeVar("_W")
_A = TypeVar("_A")


def side_by_side(
    do: Callable[[_W], _A], work: Sequence[_W], at_once: int
) -> Generator[_A, None, None]:
    """Yield `do` of each piece of work in order, `at_once` of them under way at a time.

    What is not begun when the caller stops, or when a piece fails, is left undone.
    """
    if at_once == 1:
        yield from map(do, work)
        return
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="quality")
    try:
        for begun in [pool.submit(do, piece) for piece in work]:
            yield begun.result()
    finally:
        pool.shutdown(cancel_futures=True)
