"""The pilot study split into the three sponsors' parts."""

from __future__ import annotations

from collections import Counter

import pyarrow.parquet as pq
import pytest

from qundao.engines import header_rows, model_version, open_engine
from qundao.intake import PILOT_TABLES, write_pilot
from qundao.kernel.errors import QundaoError

SITES_B = ("704", "708", "709", "713", "718")
SITES_C = ("702", "705", "706", "707", "710", "711", "714", "715", "716", "717")


def arms(folder):
    return Counter(pq.read_table(folder / "adsl.parquet")["TRT01P"].to_pylist())


def test_sponsor_a_offers_two_sites_with_all_arms(tmp_path):
    counts = write_pilot(tmp_path, sites=("701", "703"))
    assert set(counts) == set(PILOT_TABLES)
    placebo = arms(tmp_path)["Placebo"]
    assert (placebo, counts["adsl"] - placebo) == (20, 39)
    assert counts["dm"] == counts["adsl"] == counts["adtte"]


@pytest.mark.parametrize(("sites", "subjects"), [(SITES_B, 32), (SITES_C, 34)])
def test_the_others_offer_placebo_arms(tmp_path, sites, subjects):
    write_pilot(tmp_path, sites=sites, arms=("Placebo",))
    assert arms(tmp_path) == {"Placebo": subjects}
    offered = set(pq.read_table(tmp_path / "adsl.parquet")["USUBJID"].to_pylist())
    for table in PILOT_TABLES:
        rows = pq.read_table(tmp_path / f"{table}.parquet")
        assert set(rows["USUBJID"].to_pylist()) <= offered


def test_what_is_written_opens_as_cdisc(tmp_path):
    write_pilot(tmp_path)
    with open_engine(f"parquet:{tmp_path}") as engine:
        assert model_version(engine).standard == "cdisc"
        assert header_rows(engine) == ()
        assert "aval" in {c.name for c in engine.schema["adtte"]}


def test_sites_that_the_trial_has_not_are_refused(tmp_path):
    with pytest.raises(QundaoError) as error:
        write_pilot(tmp_path / "new", sites=("999",))
    assert error.value.code == "intake.no_subjects"
    assert "701" in str(error.value)
    assert not (tmp_path / "new").exists()
