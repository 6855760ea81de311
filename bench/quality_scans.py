"""The same checks, fused into few scans of each table and with one query per check."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.data import gibleed
from bench.measure import Measured, measured
from qundao import quality
from qundao.engines import open_engine
from qundao.kernel.canonical import canonical_json
from qundao.models import omop

COPIES = 372
"""1,002,168 persons: GiBleed has 2,694."""
FUSED, ALONE = "fused scans", "one query per check"


def run_checks(folder: str, way: str) -> tuple[float, Any]:
    """Check one folder and return when the work began, and what was found."""
    model = omop("5.3")
    quality.checks_for(model)
    with open_engine(f"parquet:{folder}") as engine:
        begun = time.perf_counter()
        report = quality.run(engine, model, fused=way == FUSED)
    figures = hashlib.sha256(canonical_json(report.to_json()["checks"])).hexdigest()[:8]
    return begun, f"{len(report.findings):,} checks, figures {figures}"


def run() -> Mapping[str, Measured]:
    """Compare both ways over a million persons; the figures found must be the same."""
    folder = str(gibleed(COPIES))
    read_once(folder)
    cases = {way: measured(run_checks, folder, way, repeat=2) for way in (FUSED, ALONE)}
    if len({case.answer for case in cases.values()}) != 1:
        raise AssertionError("the two ways found different figures")
    return cases


def read_once(folder: str) -> None:
    """Have the system hold the files in memory, so that the first way does not pay for the disk."""
    for file in sorted(Path(folder).glob("*.parquet")):
        with file.open("rb") as held:
            while held.read(2**24):
                pass
