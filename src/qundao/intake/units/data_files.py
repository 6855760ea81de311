"""Reads the tables of this room: CSV with a header; lines that begin with # say where from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files

_LISTED = "|"


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of `data/<name>.csv` by column."""
    text = files(__package__).joinpath("data", f"{name}.csv").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    yield from csv.DictReader(lines)


def listed(cell: str) -> tuple[str, ...]:
    """Return what a cell lists between bars."""
    return tuple(part.strip() for part in cell.split(_LISTED) if part.strip())
