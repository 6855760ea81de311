"""A total order of many rows at the price of one sort: most are told apart by one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qundao.query.sweep.days import Keys, Mask

Rows = npt.NDArray[np.intp]
Column = npt.NDArray[Any]


def total_order(key: Keys, more: Callable[[Rows], Sequence[Column]]) -> tuple[Rows, bool]:
    """Return the order of rows by `key` and then by further columns, and whether two are alike.

    more: the further columns of some rows, the first to look at first. It is asked only for
    those rows whose key is not theirs alone.
    """
    order = np.arange(len(key)) if ascending(key) else np.argsort(key)
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order, False
    places = np.flatnonzero(np.append(same, [False]) | np.insert(same, 0, [False]))
    rows = order[places]
    columns = [ordered[places], *more(rows)]
    within = np.lexsort(columns[::-1])
    order[places] = rows[within]
    return order, alike([c[within] for c in columns])


def ascending(values: Column) -> bool:
    """Tell whether values are in order already."""
    return bool((values[1:] >= values[:-1]).all())


def alike(columns: Sequence[Column]) -> bool:
    """Tell whether any row equals the one before it in every column."""
    equal: Mask = np.ones(max(len(columns[0]) - 1, 0), np.bool_)
    for values in columns:
        equal &= values[1:] == values[:-1]
    return bool(equal.any())


def firsts(values: Column) -> Mask:
    """Return which rows differ from the one before them: the first of each run."""
    first: Mask = np.ones(len(values), np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first
