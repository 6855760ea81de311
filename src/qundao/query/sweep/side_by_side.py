"""Work done two pieces at a time and handed over in order: sorting leaves the interpreter free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
_AT_ONCE = 2
"""Two: each piece has columns of its own in memory, and most machines of a member two cores."""


def side_by_side(work: Callable[[_Item], _Made], items: Iterable[_Item]) -> Iterator[_Made]:
    """Yield what is made of each item, in their order; no more than two are made ahead."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sweep") as pool:
        coming: deque[Future[_Made]] = deque()
        for item in items:
            coming.append(pool.submit(work, item))
            if len(coming) > _AT_ONCE:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
