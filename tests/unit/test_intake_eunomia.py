"""The GiBleed example, cleaned: typed, whole, and the package's own file untouched."""

from __future__ import annotations

import hashlib

import duckdb
import pytest
from sqlglot import exp

from qundao.engines import open_engine
from qundao.intake import clean_eunomia, eunomia_file
from qundao.kernel.errors import QundaoError
from qundao.models import omop
from support.gibleed import HOSPITAL_1, HOSPITAL_2, gibleed_file


def persons(path):
    with open_engine(f"duckdb:{path}") as engine:
        rows = engine.query(exp.select("person_id").from_("person").order_by("person_id"))
    return set(rows.column(0).to_pylist())


def test_every_declared_table_is_there_with_its_declared_columns():
    with open_engine(f"duckdb:{gibleed_file()}") as engine:
        for table in omop("5.3").tables:
            assert tuple(c.name for c in engine.schema[table.name]) == table.names
        types = {c.name: c.type for c in engine.schema["condition_occurrence"]}
        assert types["condition_start_date"] == "DATE"
        assert types["condition_start_datetime"] == "TIMESTAMP"
        assert types["provider_id"] == "INTEGER"
        count = exp.select(exp.Count(this=exp.Star()).as_("n")).from_("death")
        assert engine.query(count).to_pydict() == {"n": [0]}


def test_the_two_hospitals_share_260_persons():
    one = persons(gibleed_file(where=HOSPITAL_1))
    two = persons(gibleed_file(where=HOSPITAL_2))
    assert (len(one), len(two), len(one & two), len(one | two)) == (1465, 1489, 260, 2694)


def test_a_person_filter_reaches_every_table_with_a_person():
    with open_engine(f"duckdb:{gibleed_file(where=HOSPITAL_1)}") as engine:
        for table in ("drug_era", "condition_occurrence", "observation_period"):
            rows = engine.query(exp.select("person_id").from_(table).distinct())
            found = rows.column(0).to_pylist()
            assert all(p % 2 == 0 or p % 20 == 1 for p in found)
            assert any(p % 2 == 0 for p in found)


def test_the_source_is_never_written(tmp_path):
    before = hashlib.sha256(eunomia_file().read_bytes()).digest()
    counts = clean_eunomia(eunomia_file(), tmp_path / "g.duckdb")
    assert hashlib.sha256(eunomia_file().read_bytes()).digest() == before
    assert (counts["person"], counts["drug_era"], counts["death"]) == (2694, 52508, 0)
    assert [p.name for p in tmp_path.iterdir()] == ["g.duckdb"]


@pytest.mark.parametrize(
    "where", ["year_of_birth > 1950", "person_id in (select 1)", "(", "getenv(person_id) = 1"]
)
def test_a_filter_over_anything_but_the_id_is_refused(tmp_path, where):
    target = tmp_path / "g.duckdb"
    with pytest.raises(QundaoError) as error:
        clean_eunomia(eunomia_file(), target, where=where)
    assert error.value.code == "intake.bad_person_filter"
    assert not target.exists()


def test_another_database_is_refused_and_the_target_kept(tmp_path):
    source, target = tmp_path / "a.duckdb", tmp_path / "g.duckdb"
    target.write_text("kept")
    with duckdb.connect(str(source)) as connection:
        connection.execute("CREATE TABLE patients AS SELECT 1 AS id").fetchall()
    for path in (source, tmp_path / "none.duckdb"):
        with pytest.raises(QundaoError) as error:
            clean_eunomia(path, target)
        assert error.value.code == "intake.not_eunomia"
    assert target.read_text() == "kept"
