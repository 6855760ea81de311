"""Units that the synthetic hospital writes beside the wrong results are found, and no others."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
import pytest

from qundao.intake.readers import open_source
from qundao.intake.source import PLACE
from qundao.intake.synthetic import LAB_ITEMS, LABS, write_exports
from qundao.intake.units import conversion, ucum, wrong_units

FILE = f"utf8/{LABS}.csv"


def number(text):
    """Return what a result's text writes; a bound such as `<0.01` and words are no number."""
    try:
        return float(unicodedata.normalize("NFKC", text or "").replace(",", ""))
    except ValueError:
        return math.nan


def read(folder):
    """Return the first row of each key with its place, as a load keeps them."""
    rows = {}
    reader = open_source(folder / FILE)
    for batch in reader.batches(reader.tables()[0].name, lambda _: None):
        for row in batch.to_pylist():
            rows.setdefault((row["检验单号"], row["项目代码"]), row)
    return list(rows.values())


@pytest.mark.parametrize("seed", range(1, 7))
def test_every_planted_wrong_unit_is_found_and_nothing_else(tmp_path, seed):
    export = write_exports(tmp_path, patients=250, seed=seed, formats=["utf8"], every=4)
    rows = read(tmp_path)
    found = wrong_units(
        [row["项目名称"] for row in rows],
        [row["单位"] for row in rows],
        np.array([number(row["结果"]) for row in rows]),
    )
    planted = {p.place for p in export.of(FILE, LABS) if p.kind == "wrong_unit"}
    assert {rows[i][PLACE] for i in np.flatnonzero(found)} == planted
    assert len(planted) >= 10


@pytest.mark.parametrize("item", [i for i in LAB_ITEMS if i.per], ids=lambda i: i.name)
def test_the_synthetic_hospital_converts_as_the_table_does(item):
    found = conversion(ucum(item.unit), ucum(item.other_unit), item.name)
    assert float(found.factor) == pytest.approx(item.per, rel=5e-4)
