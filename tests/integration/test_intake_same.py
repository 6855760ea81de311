"""Sources that have the model's form already: SDTM and ADaM as they are, OMOP to OMOP."""

from __future__ import annotations

import duckdb
import pyarrow.parquet as pq
import pytest

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.pilot import write_pilot
from qundao.intake.xpt_write import write_xpt
from qundao.kernel.errors import QundaoError
from qundao.models import omop
from support.model_folder import write_model

PILOT = ("dm", "ae", "adsl")


def mapping(target, sources, tables):
    listed = "\n".join(f"  {n}: {{files: {f}}}" for n, f in sources.items())
    rules = "\n".join(f"  {n}: {{from: {n}, same: yes{rest}}}" for n, rest in tables.items())
    text = f"mapping: same\nversion: 1\ntarget: {target}\nsources:\n{listed}\ntables:\n{rules}\n"
    return read_mapping(text, "same.yaml")


@pytest.mark.parametrize("form", ["xpt", "parquet"])
def test_the_pilot_study_comes_out_as_it_went_in(tmp_path, form):
    write_pilot(tmp_path / "parquet")
    if form == "xpt":
        for name in PILOT:
            table = pq.read_table(tmp_path / "parquet" / f"{name}.parquet")
            write_xpt(tmp_path / f"{name}.xpt", {name.upper(): table})
    folder = tmp_path if form == "xpt" else tmp_path / "parquet"
    wanted = mapping("cdisc", {n: f"{n}.{form}" for n in PILOT}, dict.fromkeys(PILOT, ""))
    account = load(wanted, folder, tmp_path / "node")
    tables = versions(tmp_path / "node" / "loaded")[0].tables
    for told in account.tables:
        assert told.rejected == told.left_out == 0
        assert told.candidates == told.loaded
        original = f"'{tmp_path}/parquet/{told.target}.parquet'"
        held = f"'{tables}/{told.target}.parquet'"
        names = [
            name
            for name, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {held}").fetchall()
            if duckdb.sql(f"SELECT count({name}) FROM {held}").fetchall()[0][0]
        ]
        columns = ", ".join(f"nullif(trim({n}::VARCHAR), '')" for n in names)
        rows = [
            duckdb.sql(f"SELECT {columns} FROM {t} ORDER BY ALL").fetchall()
            for t in (held, original)
        ]
        assert len(names) > 8
        assert rows[0] == rows[1]


def test_omop_stays_omop_and_what_is_told_goes_before(tmp_path):
    rows = {
        "person": [
            {
                "person_id": n,
                "gender_concept_id": 8507,
                "year_of_birth": 1970 + n,
                "race_concept_id": 0,
                "ethnicity_concept_id": 0,
            }
            for n in range(3)
        ]
    }
    write_model(tmp_path / "old", omop("5.3"), rows)
    wanted = mapping(
        "omop 5.4", {"person": "person.parquet"}, {"person": ", fields: {race_concept_id: 8527}"}
    )
    load(wanted, tmp_path / "old", tmp_path / "node")
    tables = versions(tmp_path / "node" / "loaded")[0].tables
    query = f"SELECT person_id, year_of_birth, race_concept_id FROM '{tables}/person.parquet'"
    assert sorted(duckdb.sql(query).fetchall()) == [(n, 1970 + n, 8527) for n in range(3)]


def test_a_required_field_that_is_nowhere_is_named(tmp_path):
    (tmp_path / "person.csv").write_text("person_id,year_of_birth\n1,1970\n", "utf-8")
    with pytest.raises(QundaoError) as caught:
        load(
            mapping("omop 5.4", {"person": "person.csv"}, {"person": ""}), tmp_path, tmp_path / "n"
        )
    told = {(p.code, p.received) for p in caught.value.problems}
    names = ("gender_concept_id", "race_concept_id", "ethnicity_concept_id")
    assert told == {("intake.column_missing", name) for name in names}
