"""The hub's clock. Everything in the hub asks it, so that a test can move time for all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from qundao.kernel.clock import Clock, utc_now

_clock: ContextVar[Clock] = ContextVar("hub_clock", default=utc_now)


def now() -> datetime:
    """Return the present instant, in UTC."""
    return _clock.get()()


@contextmanager
def reading(clock: Clock) -> Iterator[Clock]:
    """Let the hub read another clock inside the block."""
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)
