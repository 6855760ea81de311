"""How the time of a run grows with the number of persons."""

from __future__ import annotations

from collections.abc import Mapping

from bench.data import PERSONS, gibleed
from bench.measure import Measured, measured
from bench.quality_scans import FUSED, run_checks


def run() -> Mapping[str, Measured]:
    """Check GiBleed 4, 37 and 372 times over: 10 thousand to a million persons.

    Time may grow no faster than persons do.
    """
    return {
        f"{copies * PERSONS:,} persons": measured(run_checks, str(gibleed(copies)), FUSED, repeat=1)
        for copies in (4, 37, 372)
    }
