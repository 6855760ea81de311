"""The same checks, answered by one query per table and by one query per check."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from bench.data import gibleed
from bench.measure import Measured, measured
from qundao import quality
from qundao.engines import open_engine
from qundao.models import omop

COPIES = 20
FUSED, ALONE = "one scan per table", "one query per check"


def run_checks(folder: str, way: str) -> tuple[float, Any]:
    """Check one folder and return when the work began, and what was found."""
    model = omop("5.3")
    quality.checks_for(model)
    with open_engine(f"parquet:{folder}") as engine:
        begun = time.perf_counter()
        report = quality.run(engine, model, fused=way == FUSED)
    card = report.scorecard
    return begun, f"{len(report.findings):,} checks, score {float(card.total):.2f}"


def run() -> Mapping[str, Measured]:
    """Compare both ways over GiBleed twenty times."""
    folder = str(gibleed(COPIES))
    return {
        FUSED: measured(run_checks, folder, FUSED),
        ALONE: measured(run_checks, folder, ALONE),
    }
