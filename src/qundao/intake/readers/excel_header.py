"""Finds the header of a sheet: below the notes, above the data, over one or several rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from qundao.intake.readers.excel_values import cell_text

LOOKED_AT = 50
"""Rows in which a header is looked for."""
_DEEPEST = 5

Merge = tuple[tuple[int, int], tuple[int, int]]
"""Merged cells: first and last of them, each as row and column from 0."""


@dataclass(frozen=True, slots=True)
class Header:
    """Rows of the header (from 0, the last one included) and the text over each column."""

    first: int
    last: int
    texts: tuple[str, ...]


def find_header(
    rows: Sequence[Sequence[Any]], merges: Sequence[Merge], told: int | None = None
) -> Header | None:
    """Find the header among a sheet's first rows; `told`: its first row, from 0.

    It is the first row of nothing but different texts that fills most of the columns which the rows
    below use. Merged cells in it span rows, or columns that are named in the row below.
    """
    first = _first(rows) if told is None else told
    if first is None or first >= len(rows):
        return None
    last = min(_last(first, merges, len(rows[first])), len(rows) - 1)
    width = max(map(len, rows))
    columns = [_texts(rows, merges, first, last, column) for column in range(width)]
    texts = ["_".join(text for text, _ in groupby(parts)) for parts in columns]
    return Header(first, last, tuple(texts))


def _first(rows: Sequence[Sequence[Any]]) -> int | None:
    filled = [sum(_filled(v) for v in row) for row in rows]
    for i, row in enumerate(rows):
        below = sorted(n for n in filled[i:] if n)
        usual = below[len(below) // 2] if below else 0
        if filled[i] and 2 * filled[i] > usual and _is_names(row) and (filled[i] > 1 or usual == 1):
            return i
    return next((i for i, n in enumerate(filled) if n), None)


def _filled(value: Any) -> bool:
    return value is not None and value != ""


def _is_names(row: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in row if _filled(value))


def _last(first: int, merges: Sequence[Merge], width: int) -> int:
    """Return the header's last row: as deep as its merged cells go, a row more under a wide one."""
    last = first
    for row in range(first, first + _DEEPEST):
        if row > last:
            break
        for (top, left), (bottom, right) in merges:
            if top == row and right - left + 1 < width:
                last = max(last, bottom + (right > left))
    return last


def _texts(
    rows: Sequence[Sequence[Any]], merges: Sequence[Merge], first: int, last: int, column: int
) -> list[str]:
    """Return the texts over a column, from the top, those of merged cells for each of them."""
    texts = []
    for row in range(first, last + 1):
        at = next(
            (a for a, b in merges if a[0] <= row <= b[0] and a[1] <= column <= b[1]), (row, column)
        )
        value = rows[at[0]][at[1]] if at[0] < len(rows) and at[1] < len(rows[at[0]]) else ""
        text = (cell_text(value) or "").strip()
        if text and at[0] >= first:
            texts.append(" ".join(text.split()))
    return texts
