"""Keys counted byte by byte or in blocks are counted as they are one by one, whatever the keys."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import Check, Level, run
from qundao.quality.key_sets import KeyColumn, read_keys
from support.engines import Sent

NEAR = st.integers(-70, 70)
FAR = st.sampled_from([-(2**63), 2**63 - 1, 2**62, -(2**31), 0, 31, 32, 33])
KEYS = st.lists(st.one_of(NEAR, st.none()), min_size=1, max_size=60) | st.lists(
    st.one_of(NEAR, FAR, st.none()), min_size=1, max_size=60
)
TYPES = st.sampled_from([pa.int64(), pa.int32(), pa.uint64()])
UNIQUE = Check("isPrimaryKey", Level.FIELD, "person", "person_id", threshold_pct=0.0)
SEEN = Check("measurePersonCompleteness", Level.TABLE, "death", threshold_pct=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


def write(folder, table, keys, type_=None):
    held = pa.array(keys, type_ or pa.int64())
    pq.write_table(pa.table({"person_id": held}), folder / f"{table}.parquet")


def both_ways(folder, check):
    """Return what is found by reading keys, and by asking for them in blocks."""
    with open_engine(f"parquet:{folder}") as engine:
        return [
            run(seen, omop("5.4"), checks=[check], today=date(2026, 1, 1)).findings[0]
            for seen in (engine, Sent(engine))
        ]


@given(keys=KEYS, copies=st.sampled_from([1, 2, 3, 4, 255, 256, 257, 600]))
@settings(max_examples=100, deadline=None)
def test_repeated_keys_are_counted_as_single_keys_are(folder, keys, copies):
    keys = keys + keys[:1] * (copies - 1)
    write(folder, "person", keys)
    times = Counter(k for k in keys if k is not None)
    repeated = {k: n for k, n in times.items() if n > 1}
    for finding in both_ways(folder, UNIQUE):
        if not times:
            assert finding.status == "not_applicable"
            continue
        assert finding.violated_rows == sum(repeated.values())
        assert finding.denominator_rows == len(keys)
        assert set(finding.examples) <= {str(k) for k in repeated}
        assert bool(finding.examples) == bool(repeated)


@given(persons=KEYS, dead=st.lists(st.one_of(NEAR, FAR, st.none()), max_size=30))
@example(persons=[1, 1, 2], dead=[1])
@example(persons=[None, 5], dead=[])
@settings(max_examples=100, deadline=None)
def test_persons_without_a_row_are_counted_one_by_one(folder, persons, dead):
    write(folder, "person", persons)
    write(folder, "death", dead)
    gone = [p for p in persons if p is None or p not in dead]
    for finding in both_ways(folder, SEEN):
        assert (finding.violated_rows, finding.denominator_rows) == (len(gone), len(persons))
        assert set(finding.examples) <= {str(p) for p in gone}


@given(keys=st.lists(NEAR.map(abs), min_size=1, max_size=40), type_=TYPES)
@settings(max_examples=60, deadline=None)
def test_a_key_set_knows_its_keys_and_their_rows(folder, keys, type_):
    write(folder, "person", keys, type_)
    with open_engine(f"parquet:{folder}") as engine:
        own = read_keys(engine, KeyColumn("person", "person_id"), repeats=True)
    if type_ == pa.uint64():
        assert own is None  # its numbers may be beyond what is reckoned with
        return
    times = Counter(keys)
    assert list(own.keys()) == sorted(times)
    assert list(own.repeated()) == sorted(k for k, n in times.items() if n > 1)
    assert own.rows_repeating() == sum(n for n in times.values() if n > 1)


def test_keys_too_far_apart_are_left_to_the_query(folder):
    write(folder, "person", [0, 2**28])
    with open_engine(f"parquet:{folder}") as engine:
        assert read_keys(engine, KeyColumn("person", "person_id"), repeats=True) is None
