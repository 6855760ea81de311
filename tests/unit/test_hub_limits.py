"""Rate limits: a sliding window for each caller."""

from __future__ import annotations

import pytest

from qundao.hub.common import limits
from qundao.hub.common.limits import RateLimit
from qundao.kernel.errors import QundaoError


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(limit: RateLimit, caller: str) -> dict[str, str] | None:
    try:
        limit.check(caller)
    except QundaoError as error:
        return dict(error.problems[0].facts)
    return None


def test_a_caller_waits_until_the_oldest_request_has_left_the_window() -> None:
    ticks = Ticks()
    limit = RateLimit(2, 60, ticks)
    assert refused(limit, "a") is None
    ticks.now = 10
    assert refused(limit, "a") is None
    ticks.now = 20
    assert refused(limit, "a") == {"limit": "2", "seconds": "60", "wait": "40"}
    ticks.now = 60
    assert refused(limit, "a") is None
    assert refused(limit, "a") is not None


def test_callers_do_not_disturb_each_other() -> None:
    limit = RateLimit(1, 60, Ticks())
    assert refused(limit, "a") is None
    assert refused(limit, "b") is None


def test_what_was_refused_does_not_count() -> None:
    ticks = Ticks()
    limit = RateLimit(1, 60, ticks)
    limit.check("a")
    for _ in range(5):
        assert refused(limit, "a") is not None
    ticks.now = 61
    assert refused(limit, "a") is None


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(limits, "_CALLERS", 3)
    limit = RateLimit(1, 60, Ticks())
    for n in range(10):
        limit.check(f"caller-{n}")
    assert len(limit._seen) == 3
    with pytest.raises(QundaoError):
        limit.check("caller-9")
