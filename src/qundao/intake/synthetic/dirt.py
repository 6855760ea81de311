"""Plants defects: every so many rows of a table the next kind of its round, one to a row.

A row that a planted defect keeps out (a ragged line, say) leaves the rows that lean on it without
their visit; such consequences are not listed, only what was planted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from random import Random

from qundao.intake.synthetic import plants
from qundao.intake.synthetic.columns import FRONT_PAGE, LABS, PRESCRIPTIONS, VISITS
from qundao.intake.synthetic.kinds import (
    BROKEN,
    DUPLICATE_KEY,
    DUPLICATE_ROW,
    HEADER,
    RAGGED,
)
from qundao.intake.synthetic.row import Row

Plant = Callable[[Row, Random], bool]
"""Changes a row and says so, or leaves it as it is where the kind does not fit the row."""

_EVERYWHERE: Mapping[str, Plant] = {
    "impossible_date": plants.impossible_date,
    "missing_required": plants.missing_required,
    DUPLICATE_ROW: plants.nothing,
    DUPLICATE_KEY: plants.nothing,
    "unknown_code": plants.unknown_code,
    RAGGED: plants.ragged,
    BROKEN: plants.broken,
}
_OF_PEOPLE: Mapping[str, Plant] = {
    "bad_check_digit": plants.bad_check_digit,
    "age_disagrees": plants.age_disagrees,
    "sex_disagrees": plants.sex_disagrees,
    "birth_after_admission": plants.birth_after_admission,
    "unreadable_number": plants.unreadable_number,
}
ROUNDS: Mapping[str, Mapping[str, Plant]] = {
    FRONT_PAGE: {
        **_EVERYWHERE,
        **_OF_PEOPLE,
        "discharge_before_admission": plants.discharge_before_admission,
    },
    VISITS: {**_EVERYWHERE, **_OF_PEOPLE},
    PRESCRIPTIONS: {
        **_EVERYWHERE,
        "unreadable_number": plants.unreadable_number,
        "orphan_row": plants.orphan_row,
    },
    LABS: {
        **_EVERYWHERE,
        HEADER: plants.nothing,
        "other_unit": plants.other_unit,
        "wrong_unit": plants.wrong_unit,
        "result_censored": plants.result_censored,
        "result_not_numeric": plants.result_not_numeric,
        "report_before_sample": plants.report_before_sample,
        "orphan_row": plants.orphan_row,
    },
}
"""What is planted in each table, in turn."""

_LATER = 7
"""Rows between a row and its copy."""


class Dirt:
    """Plants the defects of one table. `every` rows one becomes due; 0 plants none."""

    def __init__(self, table: str, every: int, seed: int) -> None:
        self._every = every
        self._round = cycle(ROUNDS[table].items())
        self._due: tuple[str, Plant] | None = None
        self._random = Random(f"qundao-dirt-{seed}-{table}")  # noqa: S311 - dice, not secrets
        self._waiting: deque[tuple[int, Row]] = deque()
        self._seen = 0

    def rows(self, row: Row) -> Iterator[Row]:
        """Yield the row, changed where a defect is due, and what was to come after it."""
        self._seen += 1
        if self._every and self._seen % self._every == 0:
            self._due = self._due or next(self._round)
        if self._due and not row.whole:
            self._plant(row, *self._due)
        yield row
        while self._waiting and self._waiting[0][0] <= self._seen:
            yield self._waiting.popleft()[1]

    def rest(self) -> Iterator[Row]:
        """Yield the copies that still wait when the table ends."""
        yield from (row for _, row in self._waiting)

    def _plant(self, row: Row, kind: str, plant: Plant) -> None:
        later = plants.LATER.get(kind)
        if later is not None:
            copy = later(row)
            copy.kind, copy.whole = kind, True
            self._waiting.append((self._seen + _LATER, copy))
        elif plant(row, self._random):
            row.kind = kind
        else:
            return  # the next row, perhaps
        self._due = None
