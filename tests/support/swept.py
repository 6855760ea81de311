"""What a sweep says of one population, to be held against the population's own query."""

from __future__ import annotations

from qundao.query import AdamPopulation
from qundao.query.sweep import Sweep


def swept_rows(engine, population):
    """Return the members as plain rows, or None where the sweep leaves them to the plain way."""
    if isinstance(population, AdamPopulation):
        return None
    found = list(Sweep(engine, [population]).results(lambda _: None))
    return found[0].rows.to_pylist() if found and found[0] is not None else None
