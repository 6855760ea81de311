"""Short ways to write populations in tests."""

from __future__ import annotations

from qundao.query import (
    Anchor,
    Criterion,
    Domain,
    Entry,
    FixedOffset,
    Observation,
    Population,
    concept_set,
)

TEN = concept_set("ten", 10, descendants=False)
TWENTY = concept_set("twenty", 20, descendants=False)
THIRTY = concept_set("thirty", 30, descendants=False)
ON_THE_DAY = FixedOffset(Anchor.START, 0)


def condition(name: str | None = "ten", **options: object) -> Criterion:
    """Return a condition criterion."""
    return Criterion(Domain.CONDITION, name, **options)


def population(
    *criteria: Criterion,
    sets: tuple = (TEN, TWENTY, THIRTY),
    observation: Observation | None = None,
    limit: object = None,
    **parts: object,
) -> Population:
    """Return a population whose stays end on the day they start, unless told otherwise."""
    entry = Entry(criteria or (condition(),), observation, **({"limit": limit} if limit else {}))
    parts.setdefault("exit", ON_THE_DAY)
    return Population("test", sets, entry, **parts)
