"""Index events: what criteria are put around. One row per event and observation period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qundao.query.sweep.days import Days, Mask
from qundao.query.sweep.found import Found
from qundao.query.sweep.people import Numbers, Periods, Rows


@dataclass(frozen=True)
class Index:
    """Index events. `event` says which one a row is of, where rows are not events (else None).

    `first` and `last` bound the observation period; `NO_DAY` where entry does not ask for one.
    """

    person: Numbers
    start: Days
    end: Days
    visit: npt.NDArray[np.int64]
    first: Days
    last: Days
    event: Rows | None = None

    def __len__(self) -> int:
        return len(self.person)

    def where(self, kept: Mask | Rows) -> Index:
        """Return the rows that a mask or places keep."""
        names = ("person", "start", "end", "visit", "first", "last")
        taken = {n: getattr(self, n)[kept] for n in names}
        return replace(self, **taken, event=None if self.event is None else self.event[kept])

    def together(self, numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return, for each row, the sum over all rows of its event."""
        if self.event is None or not len(self):
            return numbers
        return np.bincount(self.event, numbers).astype(np.intp)[self.event]

    def anywhere(self, mask: Mask) -> Mask:
        """Return, for each row, whether any row of its event holds."""
        return mask if self.event is None else self.together(mask.astype(np.intp)) > 0


def observed(periods: Periods, found: Found) -> tuple[Index, Rows]:
    """Return events as an index of their own, each in its observation periods, and their rows."""
    rows, at = periods.holding(found.person, found.start)
    named = found.named
    if named is not None:
        usable = found.has_id[rows]
        rows, at = rows[usable], at[usable]
    once = named is None and (len(rows) < 2 or bool((rows[1:] != rows[:-1]).all()))
    index = Index(
        found.person[rows],
        found.start[rows],
        found.end[rows],
        found.column("visit_id")[rows],
        periods.start[at],
        periods.end[at],
        None if once else (rows if named is None else named[rows]),
    )
    return index, rows
