"""Units and molar masses against what others published or reckoned.

`ucum_factors.csv` is what ucumvert 0.3.2 and pint 0.25.3 reckon (`scripts/ucum_factors.py`).
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path

import pytest

from qundao.intake.units import LIMITS, SUBSTANCES, conversion, ucum
from qundao.intake.units.data_files import rows

REFERENCE = Path(__file__).with_name("ucum_factors.csv")

OF_THEIR_OWN = {"mm[Hg]": 133.322}
"""UCUM 2.2 defines m[Hg] as 133.3220 kPa; pint takes its own 133.322387415 kPa instead."""

ATOMIC_WEIGHTS = {
    name: Fraction(weight)
    for name, weight in re.findall(
        r"([A-Z][a-z]?) ([0-9.]+)",
        "H 1.008 Li 6.94 C 12.011 N 14.007 O 15.999 F 18.998 Na 22.990 Mg 24.305 Al 26.982 "
        "P 30.974 S 32.06 Cl 35.45 K 39.098 Ca 40.078 Mn 54.938 Fe 55.845 Co 58.933 Cu 63.546 "
        "Zn 65.38 As 74.922 Se 78.971 Cd 112.41 I 126.90 Hg 200.59 Pb 207.2",
    )
}
"""IUPAC 2021, abridged to five figures (Prohaska 2022, Pure Appl Chem 94:573)."""

PUBLISHED = """
    paracetamol      ug/mL   umol/L  6.62
    aldosterone      ng/dL   nmol/L  0.0277
    aluminium        ng/mL   umol/L  0.0371
    ammonia          ug/dL   umol/L  0.587
    androstenedione  ng/dL   nmol/L  0.0349
    angiotensin_ii   pg/mL   pmol/L  0.957
    bilirubin        mg/dL   umol/L  17.1
    calcium          mg/dL   mmol/L  0.25
    calcium          meq/L   mmol/L  0.50
    cholesterol      mg/dL   mmol/L  0.0259
    acth             pg/mL   pmol/L  0.220
    cortisol         ug/dL   nmol/L  27.6
    creatinine       mg/dL   umol/L  88.4
    digoxin          ng/mL   nmol/L  1.28
    adrenaline       pg/mL   pmol/L  5.46
    estradiol        pg/mL   pmol/L  3.67
    estriol          ng/mL   nmol/L  3.47
    estrone          ng/dL   pmol/L  37.0
    ethanol          mg/dL   mmol/L  0.217
    folate           ng/mL   nmol/L  2.27
    glucagon         pg/mL   pmol/L  0.287
    glucose          mg/dL   mmol/L  0.0555
    haemoglobin_monomer  g/dL  mmol/L  0.621
    iron             ug/dL   umol/L  0.179
    lactate          mg/dL   mmol/L  0.111
    lead             ug/dL   umol/L  0.0483
    magnesium        mg/dL   mmol/L  0.411
    methotrexate     ng/mL   nmol/L  2.20
    phenylalanine    mg/dL   umol/L  60.5
    phenytoin        ug/mL   umol/L  3.96
    phosphate        mg/dL   mmol/L  0.323
    progesterone     ng/mL   nmol/L  3.18
    testosterone     ng/dL   nmol/L  0.0347
    theophylline     ug/mL   umol/L  5.55
    thyroxine        ug/dL   nmol/L  12.87
    triglycerides    mg/dL   mmol/L  0.0113
    triiodothyronine ng/dL   nmol/L  0.0154
    urea_nitrogen    mg/dL   mmol/L  0.357
    uric_acid        mg/dL   umol/L  59.48
    valproate        ug/mL   umol/L  6.93
    vancomycin       ug/mL   umol/L  0.690
    vitamin_b12      pg/mL   pmol/L  0.738
    vitamin_d_25oh   ng/mL   nmol/L  2.496
    zinc             ug/dL   umol/L  0.153
    insulin          u[iU]/mL  pmol/L  6.00
"""
"""Factors as tables for authors and clinicians print them (AMA Manual of Style, 11th edition,
section 17.5; insulin: Volund 1993), rounded there to three figures or so."""


def reckoned():
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if " " not in row["from"]]


@pytest.mark.parametrize("row", reckoned(), ids=lambda row: f"{row['from']}>{row['to']}")
def test_factors_agree_with_ucumvert_and_pint(row):
    told = OF_THEIR_OWN.get(row["from"], float(row["factor"]))
    assert float(conversion(row["from"], row["to"]).factor) == pytest.approx(told, rel=1e-12)


def test_the_page_on_units_tells_what_is_compared_here():
    page = Path(__file__).parents[2].joinpath("docs", "explanation", "units.md").read_text("utf-8")
    published, factors = len(PUBLISHED.strip().splitlines()), len(reckoned())
    assert f"{published} factors against" in page
    assert f"{published} 个系数核对" in page
    assert f"{factors} factors agree" in page
    assert f"{factors} 个换算系数" in page
    glucose = conversion("mg/dL", "mmol/L", "glucose")
    assert glucose.factor == Fraction(10000, 180156)
    assert round(glucose.of(95), 2) == 5.27


def test_degrees_fahrenheit_agree_with_ucumvert_and_pint():
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        told = [row for row in csv.DictReader(file) if row["from"].endswith("[degF]")]
    assert len(told) == 4
    into = conversion("[degF]", "K")
    for row in told:
        value = float(row["from"].split()[0])
        assert into.of(value) == pytest.approx(float(row["factor"]), rel=1e-12)


@pytest.mark.parametrize("line", PUBLISHED.strip().splitlines(), ids=lambda text: text.split()[0])
def test_molar_conversions_agree_with_published_tables(line):
    substance, one, other, factor = line.split()
    assert float(conversion(one, other, substance).factor) == pytest.approx(float(factor), rel=4e-3)


@pytest.mark.parametrize(
    "known", [s for s in SUBSTANCES.values() if s.molar_mass], ids=lambda s: s.key
)
def test_a_molar_mass_follows_from_its_formula(known):
    formula = formulas()[known.key]
    if not formula:
        assert "UniProt" in known.source or "ICSH" in known.source
        return
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    assert "".join(a + n for a, n in parts) == formula
    mass = sum(ATOMIC_WEIGHTS[a] * int(n or 1) for a, n in parts)
    assert float(known.molar_mass) == pytest.approx(float(mass), abs=6e-4)


def formulas():
    return {row["key"]: row["formula"] for row in rows("substances")}


def test_the_table_is_as_large_as_it_says_and_every_row_has_a_source():
    with_mass = [s for s in SUBSTANCES.values() if s.molar_mass]
    assert len(with_mass) >= 90
    assert all(s.source for s in SUBSTANCES.values())
    assert all(limit.source for limit in LIMITS.values())


def test_haemoglobin_a1c_follows_the_master_equation():
    """Geistanger 2008, table: 42 mmol/mol is 6.0 %, 53 is 7.0 %, 75 is 9.0 %."""
    into = conversion("mmol/mol", "%", "hba1c")
    assert [round(into.of(v), 1) for v in (42, 53, 75)] == [6.0, 7.0, 9.0]
    back = conversion("%", "mmol/mol", "糖化血红蛋白")
    assert [round(back.of(v)) for v in (6.0, 7.0, 9.0)] == [42, 53, 75]


@pytest.mark.parametrize("limit", LIMITS.values(), ids=lambda limit: limit.substance)
def test_every_unit_of_a_limit_converts_into_its_own(limit):
    for unit in limit.units:
        assert ucum(unit) == unit
        assert float(conversion(unit, limit.unit, limit.substance).factor) > 0
