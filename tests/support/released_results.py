"""Results released by the analysis room from small made-up tables (synthetic), for page tests."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from qundao import analysis
from qundao.analysis import Arm, KaplanMeier
from qundao.disclosure.thresholds import Floors
from qundao.kernel.words import Words
from qundao.query import AdamArm, AdamTimeToEvent

GRID = tuple(range(0, 197, 28))
FLOORS = Floors(10, 5)
SPEC = KaplanMeier(
    AdamTimeToEvent("TTDE", (AdamArm("placebo", ("Placebo",)), AdamArm("treated", ("Active",)))),
    (
        Arm("placebo", Words("安慰剂", "placebo")),
        Arm("treated", Words("试验药", "treated")),
    ),
    GRID,
)

# days to event (True) or censoring (False), as (day, event, how many)
_PLACEBO = ((10, True, 13), (20, False, 4), (40, True, 6), (55, False, 3), (70, True, 6))
_PLACEBO_TAIL = ((100, True, 2), (150, False, 20), (180, False, 32))
_TREATED = ((8, True, 15), (30, True, 9), (35, False, 2), (60, True, 2), (180, False, 11))


def survival_rows() -> pa.Table:
    """Return 86 placebo and 39 treated subjects, made up."""
    rows = [
        (arm, f"{arm}-{day}-{i}", day, event)
        for arm, groups in (("placebo", (*_PLACEBO, *_PLACEBO_TAIL)), ("treated", _TREATED))
        for day, event, many in groups
        for i in range(many)
    ]
    names = ("arm", "subject_id", "time", "event")
    return pa.table({n: [r[k] for r in rows] for k, n in enumerate(names)})


def survival_result() -> dict[str, Any]:
    """Return the released Kaplan–Meier result of those rows, its tail withheld."""
    partial = analysis.tally(survival_rows(), SPEC)
    totals = analysis.combine(analysis.layout(SPEC), [partial.values])
    return analysis.result(SPEC, totals, FLOORS)
