"""A site's conditions and a table's profile say the same on every engine."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from qundao.models import omop
from qundao.quality import read_site, run
from qundao.quality.profile import profile_table
from support.ascii_tables import ENGINE_NAMES, ENGINES

TODAY = date(2026, 1, 1)
OTHERS = [n for n in ENGINE_NAMES if n.values[0] == "postgresql"]
SITE = """
checks:
  - id: XH-SYN-0001
    table: drug_era
    field: gap_days
    violated: gap_days / 2 > 1.4 and drug_era_start_date between '2020-01-01' and '2020-12-31'
    words: {zh: 甲, en: a}
  - id: XH-SYN-0002
    table: drug_era
    field: gap_days
    violated: person.year_of_birth in (1970) or gap_days is null
    counted: not drug_era_id = 4
    words: {zh: 乙, en: b}
  - id: XH-SYN-0003
    table: person
    field: gender_source_value
    violated: gender_source_value like 'f%' or length(coalesce(gender_source_value, '')) = 0
    words: {zh: 丙, en: c}
"""


def tables():
    return {
        "person": pa.table(
            {
                "person_id": [1, 2, 3],
                "year_of_birth": [1970, 1980, 1990],
                "gender_source_value": ["f", "M", None],
            }
        ),
        "drug_era": pa.table(
            {
                "drug_era_id": [1, 2, 3, 4],
                "person_id": [1, 2, 3, 1],
                "drug_era_start_date": [date(2020, 1, n) for n in (1, 2, 3, 4)],
                "gap_days": [3, 2, None, 9],
            }
        ),
    }


def counts(name):
    with ENGINES[name](tables()) as engine:
        site = read_site(SITE, "site.yaml", engine, omop("5.4"), TODAY)
        report = run(engine, omop("5.4"), today=TODAY, checks=(), site=site)
    return [(f.violated_rows, f.denominator_rows) for f in report.findings]


def test_conditions_count_by_hand():
    assert counts("duckdb") == [(2, 4), (2, 3), (2, 3)]


@pytest.mark.parametrize("name", OTHERS)
def test_conditions_say_the_same(name):
    assert counts(name) == counts("duckdb")


def profiled(name):
    lab = pa.table(
        {
            "code": [f"{n:05d}" for n in range(60)],
            "value": [f"{n / 7:.3f}" for n in range(58)] + ["NA", "阳性"],
            "day": [date(2024, 1, 1 + n % 28) for n in range(60)],
            "sex": ["男" if n % 2 else "女" for n in range(60)],
        }
    )
    with ENGINES[name]({"lab": lab}) as engine:
        told = profile_table(engine, "lab").to_json()
    return {k: v for k, v in told.items() if k != "source"}


@pytest.mark.parametrize("name", OTHERS)
def test_profiles_say_the_same(name):
    assert profiled(name) == profiled("duckdb")
