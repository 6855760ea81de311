"""Every part of a definition with its JSON path, whatever the language grows to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any


def parts(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield a definition and everything in it that is an object of the language, outer first."""
    if isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from parts(item, f"{path}[{i}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield path, value
        for field in dataclasses.fields(value):
            yield from parts(getattr(value, field.name), f"{path}.{field.name}")
