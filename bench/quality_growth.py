"""How the time of a run grows with the number of persons."""

from __future__ import annotations

from collections.abc import Mapping

from bench.data import PERSONS, gibleed
from bench.measure import Measured, measured
from bench.quality_scans import FUSED, run_checks


def run() -> Mapping[str, Measured]:
    """Check GiBleed 4, 20 and 100 times over; the ratio to beat is that of the persons."""
    return {
        f"{copies * PERSONS:,} persons": measured(run_checks, str(gibleed(copies)), FUSED, repeat=1)
        for copies in (4, 20, 100)
    }
