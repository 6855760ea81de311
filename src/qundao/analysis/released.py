"""The last step: pooled numbers through the gate into a released result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qundao.analysis.document import Released, document
from qundao.analysis.partial import Totals, release
from qundao.analysis.registry import METHODS, Spec
from qundao.disclosure.thresholds import Floors
from qundao.kernel.words import Words


def result(
    spec: Spec, totals: Totals, floors: Floors, notes: Sequence[Words] = ()
) -> dict[str, Any]:
    """Return a released result as JSON (`qundao.result/1`).

    `floors`: the strictest of the contributing agreements (`disclosure.thresholds.strictest`).
    `notes`: what readers must know besides (records, not persons). Raises
    `disclosure.bad_table`, `analysis.bad_answer`.
    """
    released = Released(
        spec.layout(),
        release(spec, totals, floors),
        floors,
        unrounded=release(spec, totals, floors, rounding=1),
    )
    report = METHODS[spec.method].report(spec, released)
    report = replace(report, notes=(*report.notes, *notes))
    return document(spec.method, spec.arms, totals.nodes, released, report)
