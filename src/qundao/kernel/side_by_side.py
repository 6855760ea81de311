"""Runs work side by side and gives what is made of it in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_W = TypeVar("_W")
_A = TypeVar("_A")


def side_by_side(
    do: Callable[[_W], _A], work: Iterable[_W], at_once: int, ahead: int | None = None
) -> Generator[_A, None, None]:
    """Yield `do` of each piece of work in order, `at_once` of them under way at a time.

    No more than `ahead` are made before they are taken, where that is told: they are in memory.
    What is not begun when the caller stops, or when a piece fails, is left undone.
    """
    if at_once == 1:
        yield from map(do, work)
        return
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="side by side")
    coming = deque[Future[_A]]()
    try:
        for piece in work:
            coming.append(pool.submit(do, piece))
            if ahead is not None and len(coming) > ahead:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
