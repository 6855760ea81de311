"""What was counted for a check, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted for one check. `filled` is False where its field is empty throughout.

    `examples` are keys of violated rows, where counting came by them.
    """

    violated: int
    counted: int
    rows: int
    filled: bool
    examples: tuple[str, ...] | None = None
