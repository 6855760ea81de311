"""Whatever rows a source has: those in are those loaded, rejected, merged and left out."""

from __future__ import annotations

from collections import Counter

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from support.intake_hospital import HEADER, MAPPING

patients = st.sampled_from(["A1", " A1 ", "A2", "A3　", "", "Ａ1"])
days = st.sampled_from(["2023-01-02", "2023/1/2", "20230105", "2023-02-30", "", "不详"])
births = st.sampled_from(["1970年3月5日", "1980/2/30", "19900101", ""])
diagnoses = st.sampled_from(["I10.x00", "E11.900", "ZZZ", "", " "])
sexes = st.sampled_from(["1", "女", "x", ""])
LINES = st.lists(
    st.tuples(patients, st.just("合成"), st.just("i"), sexes, births, days, days, *[diagnoses] * 3),
    max_size=12,
)
RAGGED = st.lists(st.sampled_from(["A1,只有两列", "多,了,三,列,1,2,3,4,5,6,7,8,9"]), max_size=2)


@given(lines=LINES, ragged=RAGGED)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_rows_add_up(tmp_path_factory, lines, ragged):
    folder = tmp_path_factory.mktemp("intake")
    text = "\n".join([HEADER, *(",".join(line) for line in lines), *ragged]) + "\n"
    (folder / "front.csv").write_text(text, "utf-8")
    account = load(read_mapping(MAPPING, "m.yaml"), folder, folder / "node")
    (version,) = versions(folder / "node" / "loaded")
    (source,) = account.sources
    assert (source.rows, source.broken) == (len(lines), len(ragged))
    rejects = duckdb.sql(
        f"SELECT target, place, item FROM '{version.folder}/rejects.parquet' "
        "WHERE value IS DISTINCT FROM 'emptied'"
    ).fetchall()
    for told in account.tables:
        each = 3 if told.target == "condition_occurrence" else 1
        assert told.candidates == len(lines) * each
        rows = f"'{version.folder}/tables/{told.target}.parquet'"
        lineage = f"'{version.folder}/lineage/{told.target}/*.parquet'"
        assert duckdb.sql(f"SELECT count(*) FROM {rows}").fetchall()[0][0] == told.loaded
        fates = Counter(f for (f,) in duckdb.sql(f"SELECT fate FROM {lineage}").fetchall())
        assert (fates["loaded"], fates["merged"]) == (told.loaded, told.merged)
        assert len({r for r in rejects if r[0] == told.target}) == told.rejected
        keys = f"SELECT count(DISTINCT {told.target}_id) FROM {rows}"
        assert duckdb.sql(keys).fetchall()[0][0] == told.loaded
    people = f"SELECT person_id FROM '{version.folder}/tables/person.parquet'"
    for table in ("visit_occurrence", "condition_occurrence"):
        orphans = f"SELECT * FROM '{version.folder}/tables/{table}.parquet'"
        assert not duckdb.sql(f"{orphans} WHERE person_id NOT IN ({people})").fetchall()
