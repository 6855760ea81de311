"""Units in a mapping: read after UCUM, converted, and found wrong."""

from __future__ import annotations

import duckdb
import pytest

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError

MAPPING = """\
mapping: units
version: 1
target: omop 5.4
sources: {labs: {files: labs.csv}}
codes:
  units: {mmol/L: 8753, umol/L: 8749, mg/dL: 8840, otherwise: 0}
  targets: {GLU: mmol/L, CRE: umol/L, otherwise: ""}
tables:
  person:
    from: labs
    one_per: person_id
    fields: {person_id: person(who), gender_concept_id: 0, year_of_birth: 1970,
             race_concept_id: 0, ethnicity_concept_id: 0}
  measurement:
    from: labs
    fields:
      measurement_id: id('lab', n)
      person_id: person(who)
      measurement_concept_id: 0
      measurement_date: "'2023-01-02'"
      measurement_type_concept_id: 32856
      value_as_number: converted(value, unit, code(targets, item), item)
      unit_concept_id: code(units, first(code(targets, item), ucum(unit)))
      unit_source_value: unit
      measurement_source_value: n
"""
HEAD = "who,n,item,value,unit\n"


def loaded(folder, lines, mapping=MAPPING):
    (folder / "labs.csv").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    account = load(read_mapping(mapping, "m.yaml"), folder, folder / "node")
    version = next(v for v in versions(folder / "node" / "loaded") if v.current)
    rows = duckdb.sql(
        "SELECT measurement_source_value, round(value_as_number, 2), unit_concept_id "
        f"FROM '{version.tables}/measurement.parquet' ORDER BY 1"
    ).fetchall()
    rejects = duckdb.sql(f"FROM '{version.folder}/rejects.parquet'").df().to_dict("records")
    return {t.target: t for t in account.tables}["measurement"], rows, rejects, account


def test_values_come_in_the_unit_that_their_item_has(tmp_path):
    told, rows, _, account = loaded(
        tmp_path,
        ["A,1,GLU,5.3,mmol/l", "A,2,GLU,95.5,mg/dl", "A,3,CRE,1.1,ｍｇ／ｄＬ", "A,4,K,4.1,mmol/L",
         "A,5,GLU,<90.08,mg/dL", "A,6,GLU,,", "A,7,CRE,88,μmol/L"],
    )  # fmt: skip
    assert rows == [
        ("1", 5.3, 8753),
        ("2", 5.3, 8753),
        ("3", 97.24, 8749),
        ("4", 4.1, 8753),
        ("5", 5.0, 8753),
        ("6", None, 8753),
        ("7", 88.0, 8749),
    ]
    assert told.rejected == 0
    assert {c.codes: c.unmapped for c in account.coverage}["units"] == ()


def test_what_cannot_be_converted_rejects_its_row(tmp_path):
    told, rows, rejects, _ = loaded(
        tmp_path, ["A,1,GLU,5,格", "A,2,GLU,5,mmHg", "A,3,GLU,5,", "A,4,GLU,阴性,格"]
    )
    assert [r[0] for r in rows] == ["4"]
    assert told.reasons == {
        "unit_unknown:value_as_number": 2,
        "unit_not_convertible:value_as_number": 1,
    }
    assert {(r["place"], r["value"]) for r in rejects} == {(2, "格"), (3, "mmHg"), (4, None)}


def test_a_unit_that_is_not_known_is_told_as_it_is_written(tmp_path):
    plain = MAPPING.replace("first(code(targets, item), ucum(unit))", "ucum(unit)")
    _, _, _, account = loaded(tmp_path, ["A,1,K,5,格", "A,2,K,5,mmol/L"], plain)
    assert {c.codes: c.unmapped for c in account.coverage}["units"] == (("格", 1),)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("code(targets, item), item)", "'格', item)", "格"),
        ("code(targets, item), item)", "'mmol/L', 'glucos')", "glucose"),
        ("converted(value, unit, code(targets, item), item)", "converted(value, unit)", "target"),
    ],
)
def test_units_that_the_mapping_has_wrong_are_told_at_once(tmp_path, old, new, told):
    with pytest.raises(QundaoError) as caught:
        loaded(tmp_path, ["A,1,GLU,5,mmol/L"], MAPPING.replace(old, new, 1))
    assert caught.value.code == "intake.bad_mapping"
    assert told in str([p.to_json() for p in caught.value.problems])


WRONG = ["A,0,GLU,5.3,mg/dL", *(f"A,{i},GLU,{5 + i % 7 / 10},mmol/L" for i in range(1, 40))]
LOOK = "    units: {value: value, unit: unit, of: item}\n    fields:\n      measurement_id"


def test_a_value_beside_the_wrong_unit_is_rejected(tmp_path):
    looking = MAPPING.replace("    fields:\n      measurement_id", LOOK)
    told, rows, rejects, _ = loaded(tmp_path, WRONG, looking)
    assert told.reasons == {"wrong_unit": 1}
    assert len(rows) == len(WRONG) - 1
    assert [(r["place"], r["value"]) for r in rejects] == [(2, "GLU 5.3 mg/dL")]


def test_or_told_of_and_loaded_all_the_same(tmp_path):
    telling = MAPPING.replace(
        "    fields:\n      measurement_id", LOOK.replace("}", ", wrong: tell}")
    )
    told, rows, rejects, _ = loaded(tmp_path, WRONG, telling)
    assert (told.doubtful, told.reasons) == ({"wrong_unit": 1}, {})
    assert len(rows) == len(WRONG)
    assert [(r["reason"], r["field"], r["place"]) for r in rejects] == [("wrong_unit", "told", 2)]
