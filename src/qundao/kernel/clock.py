"""Time. Everything inside is UTC and aware; text is RFC 3339 with microseconds and `Z`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def stamp(instant: datetime) -> str:
    """Return `instant` as `2026-11-22T01:02:03.000004Z`. Raises ValueError on a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant with a time zone is required, received {instant!r}")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_stamp(text: str) -> datetime:
    """Read what `stamp` writes. Raises ValueError on anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


class FixedClock:
    """A clock that stands still until told otherwise; for tests and replays."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        """Return the instant at which this clock stands."""
        return self.instant

    def advance(self, **amount: float) -> None:
        """Move the clock on by `timedelta(**amount)`."""
        self.instant += timedelta(**amount)
