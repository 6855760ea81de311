"""How much of the machine an engine may use, and how it treats a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Limits of one engine.

    `memory_mb` and `threads` bound the work; `temp_dir` is where the private folder for
    spilling and copies is made (None: the system's), `temp_mb` bounds its spilled size (None:
    the disk does). A DuckDB file of at most `copy_below_mb` is copied before it is read, so
    that the source is never locked; a larger one is read in place under a shared lock, and
    copied only if somebody else holds it. A DSN's `copy=always` or `copy=never` goes before.
    """

    memory_mb: int = 2048
    threads: int = 2
    temp_dir: Path | None = None
    temp_mb: int | None = None
    copy_below_mb: int = 1024

    def __post_init__(self) -> None:
        if min(self.memory_mb, self.threads) < 1 or (self.temp_mb is not None and self.temp_mb < 1):
            raise ValueError(f"limits of at least 1 are required, received {self!r}")
