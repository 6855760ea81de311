"""Units that the synthetic hospital writes beside the wrong results are found, and no others."""

from __future__ import annotations

import math
import unicodedata

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from qundao.intake.readers import open_source
from qundao.intake.source import PLACE
from qundao.intake.synthetic import LAB_ITEMS, LABS, write_exports
from qundao.intake.units import (
    LimitRow,
    Seen,
    SuspectRow,
    UnitRow,
    as_arrow,
    conversion,
    limit_table,
    suspect_table,
    ucum,
    unit_table,
    wrong_units,
)

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


FIRST = """
    SELECT v.substance, count(*) AS n, count(*) FILTER (inside) AS credible,
           median(ln(c)) FILTER (inside) AS median, mad(ln(c)) FILTER (inside) AS deviation
    FROM (SELECT r.substance, r.value * u.factor + u.offset AS c,
                 c BETWEEN l.lowest AND l.highest AND c > 0 AS inside
          FROM results r JOIN limits l USING (substance)
          JOIN units u ON u.unit = r.unit AND u.substance = r.substance AND u.target = l.unit
          WHERE u.fault IS NULL AND r.value IS NOT NULL) v
    GROUP BY v.substance
"""
SECOND = """
    SELECT DISTINCT r.place FROM results r JOIN suspects s
    ON s.unit = r.unit AND s.substance = r.substance AND r.value BETWEEN s.low AND s.high
"""


def test_two_joins_find_what_the_arrays_find(tmp_path):
    export = write_exports(tmp_path, patients=250, seed=9, formats=["utf8"], every=4)
    told = [
        {
            "place": r[PLACE],
            "substance": r["项目名称"],
            "unit": r["单位"],
            "value": number(r["结果"]),
        }
        for r in read(tmp_path)
        if r["项目名称"] and r["单位"] and not math.isnan(number(r["结果"]))
    ]
    results = pa.Table.from_pylist(told)
    pairs = {(r["unit"], r["substance"]) for r in told}
    limited = limit_table(s for _, s in pairs)
    target = {row.substance: row.unit for row in limited}
    with duckdb.connect() as database:
        database.register("results", results)
        database.register("limits", as_arrow(LimitRow, limited))
        wanted = [(u, target[s], s) for u, s in pairs if s in target]
        database.register("units", as_arrow(UnitRow, unit_table(wanted)))
        seen = {s: Seen(*facts) for s, *facts in database.execute(FIRST).fetchall()}
        database.register("suspects", as_arrow(SuspectRow, suspect_table(sorted(pairs), seen)))
        found = {place for (place,) in database.execute(SECOND).fetchall()}
    assert found == {p.place for p in export.of(FILE, LABS) if p.kind == "wrong_unit"}
    assert seen["葡萄糖"].credible > 100


@pytest.mark.parametrize("item", [i for i in LAB_ITEMS if i.per], ids=lambda i: i.name)
def test_the_synthetic_hospital_converts_as_the_table_does(item):
    found = conversion(ucum(item.unit), ucum(item.other_unit), item.name)
    assert float(found.factor) == pytest.approx(item.per, rel=5e-4)
