"""Regions of residence: OMOP 5 has no history of places; a source that has one answers."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import Anchor, Criterion, Domain, FixedOffset, cohort
from support.ascii_tables import MemoryEngine, database, duckdb_engine
from support.populations import population

LIVED = population(
    Criterion(Domain.LOCATION_REGION, "ten"), exit=FixedOffset(Anchor.END), observation=None
)
HISTORY = {
    "location_history_id": [1, 2, 3, 4],
    "location_id": [5, 5, 6, 5],
    "entity_id": [1, 2, 3, 4],
    "domain_id": ["PERSON", "CARE_SITE", "PERSON", "PERSON"],
    "start_date": [date(2020, 1, 1)] * 4,
    "end_date": [date(2020, 6, 30), None, None, None],
}


def test_a_source_without_a_history_of_places_says_so():
    engine = duckdb_engine(database({}))
    with pytest.raises(QundaoError) as error:
        cohort(engine, LIVED)
    named = {dict(p.facts)["name"] for p in error.value.problems}
    assert named == {"location_history", "location.region_concept_id"}
    engine.close()


@pytest.mark.parametrize("engine", [duckdb_engine, MemoryEngine.from_arrow])
def test_persons_who_lived_in_a_region_until_they_left_or_for_good(engine):
    tables = database({"concept": "concept_id\n 10"})
    places = {"location_id": [5, 6], "region_concept_id": [10, 20]}
    opened = engine({**tables, "location": pa.table(places), "location_history": pa.table(HISTORY)})
    rows = cohort(opened, LIVED).to_pylist()
    found = {r["subject_id"]: str(r["cohort_end_date"]) for r in rows}
    assert found == {1: "2020-06-30", 4: "2099-12-31"}
