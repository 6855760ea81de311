"""Keys counted in blocks are counted as they are one by one, whatever the keys."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import Check, Level, run

NEAR = st.integers(-70, 70)
FAR = st.sampled_from([-(2**63), 2**63 - 1, 2**62, -(2**31), 0, 31, 32, 33])
KEYS = st.lists(st.one_of(NEAR, FAR, st.none()), min_size=1, max_size=60)
UNIQUE = Check("isPrimaryKey", Level.FIELD, "person", "person_id", threshold_pct=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@given(keys=KEYS, copies=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_blocks_count_what_single_keys_count(folder, keys, copies):
    keys = keys + keys[:1] * (copies - 1)  # up to four and more times the same
    pq.write_table(pa.table({"person_id": pa.array(keys, pa.int64())}), folder / "person.parquet")
    with open_engine(f"parquet:{folder}") as engine:
        (finding,) = run(engine, omop("5.4"), checks=[UNIQUE], today=date(2026, 1, 1)).findings
    times = Counter(k for k in keys if k is not None)
    repeated = {k: n for k, n in times.items() if n > 1}
    if not times:
        assert finding.status == "not_applicable"
        return
    assert finding.violated_rows == sum(repeated.values())
    assert finding.denominator_rows == len(keys)
    assert set(finding.examples) <= {str(k) for k in repeated}
    assert bool(finding.examples) == bool(repeated)
