"""Every spec case runs on every engine."""

from __future__ import annotations

import pytest

from qundao import query
from support.ascii_tables import ENGINE_NAMES, ENGINES, database
from support.swept import swept_rows


class Spec:
    """Runs definitions over a small database and returns plain Python values."""

    def __init__(self, make):
        self._make = make
        self.engine = None

    def given(self, model=None, *, all_concepts=True, **tables):
        """Lay out the database, one ASCII table per keyword."""
        self.close()
        self.engine = self._make(database(tables, model, all_concepts=all_concepts))

    def cohort(self, population):
        """Return {subject: [start … end, …]} with ISO dates; a day alone where both are equal.

        A sweep over the same engine says the same, or leaves the definition alone.
        """
        found = {}
        rows = query.cohort(self.engine, population).to_pylist()
        if not isinstance(self.engine, query.Evaluates):
            assert swept_rows(self.engine, population) in (rows, None)
        for row in rows:
            start, end = row["cohort_start_date"], row["cohort_end_date"]
            stay = f"{start}" if start == end else f"{start} … {end}"
            found.setdefault(row["subject_id"], []).append(stay)
        return found

    def times(self, measure):
        """Return {(arm, subject): (days, event)}."""
        rows = query.time_to_event(self.engine, measure).to_pylist()
        return {(r["arm"], r["subject_id"]): (r["time"], r["event"]) for r in rows}

    def baseline(self, measure):
        """Return {(arm, subject): {covariate: value}}."""
        rows = query.baseline(self.engine, measure).to_pylist()
        return {(r.pop("arm"), r.pop("subject_id")): r for r in rows}

    def count(self, *terms, model="omop"):
        """Return the number of persons that meet the terms."""
        return query.count(
            self.engine, query.BandedPredicate(query.StandardModel(model), tuple(terms))
        )

    def close(self):
        """Close the engine, if one is open."""
        if self.engine is not None and hasattr(self.engine, "close"):
            self.engine.close()


@pytest.fixture(params=ENGINE_NAMES)
def spec(request):
    """Return the runner for one engine."""
    runner = Spec(ENGINES[request.param])
    yield runner
    runner.close()
