"""Baseline variables with levels that the protocol fixes, so that no node's data can add one.

Each variable says which cells it needs for a group, and counts a group's rows into them. What
fits no level, and what is missing, is counted as `other`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from qundao.analysis.cells import Cell, LayoutBuilder
from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.groups import NAME, NAME_FORM
from qundao.analysis.reading import words_json
from qundao.analysis.rows import reals, texts
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words

OTHER = "other"
OTHER_LABEL = Words("其他或缺失", "other or missing")
OBSERVED, UNOBSERVED = "observed", "unobserved"
MOST_LEVELS = 100
LARGEST_VALUE = 1_000_000_000
"""Fixed-point values stay within ± this, so that sums of squares over 10^7 people fit a mask."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a categorical variable: the value in the data (as text) and its name."""

    value: str
    label: Words


class _Levelled:
    """What variables with levels share: one cell of people per level, and `other`."""

    __slots__ = ()
    column: str

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return the levels in order, without `other`."""
        raise NotImplementedError

    def edges_json(self) -> list[Any]:
        """Return where the variable divides people, without names, as JSON."""
        return ["levels", *sorted(level.value for level in self.levels)]

    def add_cells(self, group: str, persons: int, builder: LayoutBuilder) -> tuple[int, ...]:
        """Add the variable's cells for a group whose people `persons` counts.

        Return the positions of the levels' cells, without `other`.
        """
        values = [*(level.value for level in self.levels), OTHER]
        cells = tuple(builder.count(self.column, v, group=group) for v in values)
        builder.sum(persons, cells)
        return cells[:-1]

    def tally(self, rows: pa.Table) -> Iterator[int]:
        """Yield the counts of a group's rows in the order of the cells."""
        known = [level.value for level in self.levels]
        counted = Counter(self.values(rows))
        yield from (counted[v] for v in known)
        yield rows.num_rows - sum(counted[v] for v in known)

    def values(self, rows: pa.Table) -> Iterable[str | None]:
        """Yield each row's level."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Categorical(_Levelled):
    """A variable with named levels, such as sex."""

    kind: ClassVar = "categorical"
    column: str
    label: Words
    named: tuple[Level, ...]

    def __post_init__(self) -> None:
        raise_if([*_named(self.column), *_levels([v.value for v in self.named])])

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return the levels that the protocol names."""
        return self.named

    def values(self, rows: pa.Table) -> Iterable[str | None]:
        """Yield each row's value as text."""
        return texts(rows, self.column)

    def to_json(self) -> dict[str, Any]:
        """Return the variable as plain JSON."""
        levels = [{"value": v.value, "label": words_json(v.label)} for v in self.named]
        return _head(self) | {"levels": levels}


@dataclass(frozen=True, slots=True)
class Binary(_Levelled):
    """Yes or no, such as a condition before the index date."""

    kind: ClassVar = "binary"
    column: str
    label: Words

    def __post_init__(self) -> None:
        raise_if(_named(self.column))

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return yes and no."""
        return (Level("true", Words("是", "yes")), Level("false", Words("否", "no")))

    def values(self, rows: pa.Table) -> Iterable[str | None]:
        """Yield each row's truth as `true`, `false` or None."""
        return texts(rows, self.column)

    def to_json(self) -> dict[str, Any]:
        """Return the variable as plain JSON."""
        return _head(self)


@dataclass(frozen=True, slots=True)
class Banded(_Levelled):
    """A number in bands [e0, e1), [e1, e2), …, with one band below and one from the last edge."""

    kind: ClassVar = "banded"
    column: str
    label: Words
    edges: tuple[int, ...]

    def __post_init__(self) -> None:
        found = list(_named(self.column))
        if not self.edges or any(b <= a for a, b in pairwise(self.edges)):
            received = list(self.edges)
            required = "strictly increasing whole numbers, at least one"
            found.append(problem(BAD_SPEC, received, "edges", required=required))
        raise_if(found)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return the bands, named as readers write them: `<18`, `18–64`, `≥65`."""
        return tuple(Level(name, Words(name, name)) for name in self._names())

    def _names(self) -> Iterator[str]:
        yield f"<{self.edges[0]}"
        for low, high in pairwise(self.edges):
            yield str(low) if high == low + 1 else f"{low}–{high - 1}"
        yield f"≥{self.edges[-1]}"

    def values(self, rows: pa.Table) -> Iterable[str | None]:
        """Yield each row's band."""
        names = tuple(self._names())
        numbers = reals(rows, self.column)
        places = np.searchsorted(np.array(self.edges), numbers, side="right")
        return (
            None if math.isnan(x) else names[int(p)] for x, p in zip(numbers, places, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the variable as plain JSON."""
        return _head(self) | {"edges": list(self.edges)}


@dataclass(frozen=True, slots=True)
class Continuous:
    """A number summarised by mean and standard deviation.

    Values travel as fixed-point integers, round(x · `scale`); what is missing or outside
    `low` … `high` counts as unobserved, so that no single value can dominate a sum. The bounds
    belong to the column: where it also comes in bands, what lies outside is in no band.
    """

    kind: ClassVar = "continuous"
    column: str
    label: Words
    unit: Words
    low: int
    high: int
    scale: int = 1

    def __post_init__(self) -> None:
        found = list(_named(self.column))
        if self.low >= self.high:
            found.append(problem(BAD_SPEC, self.high, "high", required=f"> {self.low}"))
        if self.scale < 1 or self.scale * max(-self.low, self.high) > LARGEST_VALUE:
            required = f"≥ 1, and scale · max(|low|, |high|) ≤ {LARGEST_VALUE}"
            found.append(problem(BAD_SPEC, self.scale, "scale", required=required))
        raise_if(found)

    def add_cells(self, group: str, persons: int, builder: LayoutBuilder) -> tuple[int, ...]:
        """Add people with and without a usable value, the sum, and the sum of squares.

        Return the position of the people with a usable value.
        """
        observed = builder.count(self.column, OBSERVED, group=group)
        unobserved = builder.count(self.column, UNOBSERVED, group=group)
        builder.sum(persons, (observed, unobserved))
        for key in ("sum", "sum_squares"):
            place = builder.cell(Cell((self.column,), group, key, self.scale))
            builder.follow(place, observed)
        return (observed,)

    def edges_json(self) -> list[Any]:
        """Return where the variable divides people, as JSON: at its bounds."""
        return ["bounds", str(self.low), str(self.high), str(self.scale)]

    def tally(self, rows: pa.Table) -> Iterator[int]:
        """Yield the counts and sums of a group's rows in the order of the cells."""
        numbers = reals(rows, self.column)
        usable = numbers[(numbers >= self.low) & (numbers <= self.high)]
        fixed = [int(x) for x in np.rint(usable * self.scale)]
        yield len(fixed)
        yield len(numbers) - len(fixed)
        yield sum(fixed)
        yield sum(x * x for x in fixed)

    def to_json(self) -> dict[str, Any]:
        """Return the variable as plain JSON."""
        return _head(self) | {
            "unit": words_json(self.unit),
            "low": self.low,
            "high": self.high,
            "scale": self.scale,
        }


def within(rows: pa.Table, number: Continuous) -> pa.Table:
    """Return rows whose values outside the number's bounds are missing, for every other use."""
    values = reals(rows, number.column)
    kept = np.where((values >= number.low) & (values <= number.high), values, np.nan)
    place = rows.column_names.index(number.column)
    return rows.set_column(place, number.column, pa.array(kept, pa.float64()))


Variable = Categorical | Binary | Banded | Continuous


def _head(variable: Variable) -> dict[str, Any]:
    return {
        "kind": variable.kind,
        "column": variable.column,
        "label": words_json(variable.label),
    }


def _named(column: str) -> Iterator[Problem]:
    if not NAME.match(column):
        yield problem(BAD_SPEC, column, "column", required=NAME_FORM)


def _levels(values: Sequence[str]) -> Iterator[Problem]:
    if not 1 <= len(values) <= MOST_LEVELS:
        yield problem(BAD_SPEC, len(values), "levels", required=f"1–{MOST_LEVELS} levels")
    for i, value in enumerate(values):
        if value in values[:i] or value == OTHER or not value:
            required = f"levels that differ, none called {OTHER}"
            yield problem(BAD_SPEC, value, f"levels[{i}]", required=required)
