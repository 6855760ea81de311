"""Lists of codes from tables as they were published (synthetic content under their headers)."""

from __future__ import annotations

import pytest

from qundao.intake.load import load, rehearse
from qundao.intake.mapping import read_mapping
from qundao.intake.mapping_examples import run_examples
from qundao.kernel.errors import QundaoError
from support.code_tables import ATC, CLINICAL, write_athena, write_csv, write_meddra, write_sheet
from support.intake_hospital import MAPPING, write_hospital

INLINE = "{I10.x00: 320128, E11.900: 201826, otherwise: 0}"
FIELD = "condition_concept_id: code(icd10, code)"
ROWS = (
    "A1,合成甲,i,1,19700305,2023-01-02,2023-01-08,Q01.000,Q02.x00,",
    "A2,合成乙,j,女,19800228,2023-01-03,2023-01-05,ZZZ,Q03.001+,",
)


@pytest.fixture
def export(tmp_path):
    return write_hospital(tmp_path / "export", ROWS)


def mapping(listed, field=FIELD):
    return read_mapping(MAPPING.replace(INLINE, listed).replace(FIELD, field), "m.yaml")


def conditions(export, tmp_path, listed, field=FIELD):
    account, rows = rehearse(mapping(listed, field), export, tmp_path / "node", rows=9)
    told = {t.target: t for t in account.tables}["condition_occurrence"]
    found = {r["condition_source_value"]: r["condition_concept_id"] for r in rows[told.target]}
    return told, found, {c.codes: c for c in account.coverage}["icd10"]


def problems(act, *arguments):
    with pytest.raises(QundaoError) as caught:
        act(*arguments)
    return [(p.code, p.where, p.received) for p in caught.value.problems]


def test_concepts_of_a_workbook_as_it_was_published(export, tmp_path):
    write_sheet(export / "icd10.xlsx", CLINICAL, title="疾病分类代码国家临床版2.0")
    told, found, coverage = conditions(
        export, tmp_path, "{table: icd10.xlsx, gives: concept, otherwise: 0}"
    )
    assert (told.loaded, told.rejected) == (4, 0)
    assert found.pop("ZZZ") == 0
    assert set(found) == {"Q01.000", "Q02.x00", "Q03.001+"}
    assert all(v >= 2_000_000_000 for v in found.values())
    assert (coverage.rows, coverage.mapped, coverage.unmapped) == (4, 3, (("ZZZ", 1),))


def test_without_otherwise_a_code_that_is_not_published_is_rejected(export, tmp_path):
    write_sheet(export / "icd10.xlsx", CLINICAL)
    field = "condition_concept_id: if(code(icd10, code) is empty, 0, 1)"
    told, found, _ = conditions(export, tmp_path, "{table: icd10.xlsx, gives: code}", field)
    assert told.reasons == {"not_in_list:condition_concept_id": 1}
    assert set(found) == {"Q01.000", "Q02.x00", "Q03.001+"}


def test_names_are_given_too(export, tmp_path):
    write_sheet(export / "icd10.xlsx", CLINICAL)
    field = "condition_concept_id: if(code(icd10, code) = '合成疾病乙', 7, 8)"
    _, found, _ = conditions(
        export, tmp_path, "{table: icd10.xlsx, gives: name, otherwise: –}", field
    )
    assert found["Q02.x00"] == 7
    assert set(found.values()) == {7, 8}


def test_of_athenas_folder_the_vocabulary_that_is_meant(export, tmp_path):
    write_athena(export / "athena", ATHENA)
    listed = "{table: athena, gives: concept, vocabulary: ICD10CN, otherwise: 0}"
    _, found, _ = conditions(export, tmp_path, listed)
    assert found == {"Q01.000": 990002, "Q02.x00": 0, "ZZZ": 0, "Q03.001+": 0}
    other = listed.replace("ICD10CN", "SNOMED")
    assert problems(rehearse, mapping(other), export, tmp_path / "node") == [
        ("intake.no_such_table", "codes.icd10 (athena)", "SNOMED")
    ]


HEAD = (
    "concept_id|concept_name|domain_id|vocabulary_id|concept_class_id|standard_concept|"
    "concept_code|valid_start_date|valid_end_date|invalid_reason"
)
ATHENA = [
    tuple(line.split("|"))
    for line in (
        HEAD,
        "990001|synthetic|Condition|SYN|Finding|S|Q01.000|19700101|20991231|",
        "990002|合成|Condition|ICD10CN|Finding||Q01.000|19700101|20991231|",
    )
]


def test_whatever_is_wrong_with_lists_is_told_at_once_with_the_file(export, tmp_path):
    write_csv(export / "own.csv", [("a", "b"), ("1", "2")])
    write_meddra(export / "MedAscii").joinpath("pt.asc").unlink()
    write_sheet(export / "icd10.xlsx", CLINICAL)
    text = MAPPING.replace(
        INLINE,
        """{table: icd10.xlsx, gives: name, vocabulary: LOINC}
  gone: {table: none.xlsx, gives: name}
  other: {table: own.csv, gives: name}
  part: {table: MedAscii, gives: name}
  listed: {file: own.csv}""",
    )
    told = problems(load, read_mapping(text, "m.yaml"), export, tmp_path / "node")
    assert [t[:2] for t in told] == [
        ("intake.no_such_table", "codes.icd10 (icd10.xlsx)"),
        ("intake.source_missing", "codes.gone (none.xlsx)"),
        ("intake.no_code_table", "codes.other (own.csv)"),
        ("intake.source_missing", "codes.part (MedAscii)"),
        ("intake.column_missing", "codes.listed (own.csv)"),
    ]
    assert told[3][2] == "pt.asc"


def test_a_workbook_of_two_vocabularies_needs_to_be_told_which(export, tmp_path):
    from openpyxl import load_workbook

    path = write_sheet(export / "codes.xlsx", CLINICAL, sheet="国家临床版")
    book = load_workbook(path)
    sheet = book.create_sheet("ATC")
    for row in ATC:
        sheet.append(row)
    book.save(path)
    listed = "{table: codes.xlsx, gives: concept, otherwise: 0}"
    ((code, where, _),) = problems(rehearse, mapping(listed), export, tmp_path / "node")
    assert (code, where) == ("intake.no_such_table", "codes.icd10 (codes.xlsx)")
    meant = listed.replace("gives", "vocabulary: ICD10CN, gives")
    assert conditions(export, tmp_path, meant)[2].mapped == 3


def test_examples_look_codes_up_in_it(export):
    write_sheet(export / "icd10.xlsx", CLINICAL)
    text = MAPPING.replace(INLINE, "{table: icd10.xlsx, gives: concept, otherwise: 0}")
    text += """examples:
  - name: one
    given: {front: [{病案号: A1, 性别: "1", 出生: 19700101, 入院: 2023-01-02, 主要诊断: Q99}]}
    expect: {condition_occurrence: [{condition_concept_id: 0, condition_source_value: Q99}]}
"""
    (result,) = run_examples(read_mapping(text, "m.yaml"), lists=export)
    assert result.passed, result.differences
    other = read_mapping(text.replace("Q99", "Q02.x00"), "m.yaml")
    (result,) = run_examples(other, lists=export)
    assert [(d.kind, d.field) for d in result.differences] == [("value", "condition_concept_id")]


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        ("{table: a.xlsx}", "gives: concept | name | code"),
        ("{table: a.xlsx, gives: all}", "gives: concept | name | code"),
        ("{table: a.xlsx, gives: name, code: x}", "table, gives, vocabulary, otherwise"),
        ("{table: '', gives: name}", "table: …"),
    ],
)
def test_a_defect_of_such_a_list_is_told_with_its_line(listed, wanted):
    with pytest.raises(QundaoError) as caught:
        mapping(listed)
    (told,) = caught.value.problems
    assert (told.where, dict(told.facts)["en"]) == ("m.yaml:8", wanted)
