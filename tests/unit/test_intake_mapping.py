"""A mapping's file: what it holds, and that every defect is told at once with its line."""

from __future__ import annotations

import pytest

from qundao.intake.mapping import read_mapping
from qundao.intake.mapping.expression import Call, Name
from qundao.kernel.errors import QundaoError

SOUND = """\
mapping: front-page
version: 3
target: omop 5.4
sources:
  front: {files: [a.csv, "b*.csv"], options: {encoding: gb18030}}
codes:
  sex: {"1": 8507, 女: 8532, otherwise: 0}
  drugs: {file: drugs.csv, code: 药品编码, concept: concept_id}
identity:
  - {source: front, person: 病案号, vault: [姓名, 身份证号]}
tables:
  person:
    from: front
    one_per: person_id
    fields:
      person_id: person(病案号)
      gender_concept_id: code(sex, 性别)
      year_of_birth: year(出生日期)
      race_concept_id: 0
      ethnicity_concept_id: 0
  condition_occurrence:
    - from: front
      each:
        - {code: 主要诊断}
        - {code: "其他诊断{n}", n: 1..3}
      where: code is not empty
      reject:
        - {when: day(出院) < day(入院), because: 出院早于入院}
      fields:
        condition_occurrence_id: id('condition', 病案号, code)
        person_id: person(病案号)
        condition_concept_id: 0
        condition_start_date: 入院
        condition_type_concept_id: 32827
"""


def defects(text):
    with pytest.raises(QundaoError) as caught:
        read_mapping(text, "m.yaml")
    assert {p.code for p in caught.value.problems} == {"intake.bad_mapping"}
    return [(p.where, p.received) for p in caught.value.problems]


def test_a_mapping_is_read_as_it_stands():
    mapping = read_mapping(SOUND, "m.yaml")
    assert (mapping.name, mapping.version) == ("front-page", 3)
    assert (mapping.standard, mapping.model_version) == ("omop", "5.4")
    assert mapping.sources["front"].files == ("a.csv", "b*.csv")
    assert mapping.codes["sex"].codes == {"1": 8507, "女": 8532}
    assert mapping.codes["sex"].otherwise == 0
    assert mapping.codes["drugs"].otherwise is None
    assert mapping.identity[0].vault == ("姓名", "身份证号")
    person, condition = mapping.tables
    assert person.one_per == ("person_id",)
    assert [f.required for f in person.fields if f.name == "year_of_birth"] == [True]
    assert [e.columns["code"] for e in condition.each] == [
        Name("主要诊断"),
        Name("其他诊断1"),
        Name("其他诊断2"),
        Name("其他诊断3"),
    ]
    assert condition.where == Call("not", (Call("empty", (Name("code"),)),))
    assert condition.rejects[0].because == "出院早于入院"


def test_the_same_text_has_the_same_digest_and_another_has_another():
    assert read_mapping(SOUND, "a").digest == read_mapping(SOUND, "b").digest
    assert read_mapping(SOUND + "\n", "a").digest != read_mapping(SOUND, "a").digest


@pytest.mark.parametrize(
    ("old", "new", "line", "received"),
    [
        ("target: omop 5.4", "target: omop 6", 3, "omop 6"),
        ("version: 3", "version: three", 2, "three"),
        ("year(出生日期)", "yaer(出生日期)", 18, "yaer(…)"),
        ("year(出生日期)", "year(出生日期, 1)", 18, "year: 2"),
        ("code(sex, 性别)", "code(gender, 性别)", 17, "code(gender, 性别)"),
        ("race_concept_id: 0", "racial_id: 0", 19, "racial_id"),
        ("one_per: person_id", "one_per: nobody", 14, "nobody"),
        ("    from: front\n    one_per", "    from: rear\n    one_per", 13, "rear"),
        ("where: code is not empty", "where: code is not", 26, "code is not"),
        ("  person:\n", "  persons:\n", 13, "persons"),
        ("codes:\n", "lists:\n  x: {}\ncodes:\n", 7, "lists"),
        ("  front: {files", '  "a b": {files', 5, "a b"),
    ],
)
def test_a_defect_is_told_with_its_line(old, new, line, received):
    assert old in SOUND
    assert (f"m.yaml:{line}", received) in defects(SOUND.replace(old, new))


def test_required_fields_that_are_not_given_are_named():
    told = defects(SOUND.replace("      year_of_birth: year(出生日期)\n", ""))
    assert told == [("m.yaml:16", "")]


def test_all_defects_are_told_at_once():
    broken = (
        SOUND.replace("year(", "yaer(").replace("code is not empty", "(").replace("3\n", "x\n", 1)
    )
    assert len(defects(broken)) == 3


@pytest.mark.parametrize("text", ["", "- a\n- b", "mapping: [", "a: &x 1\nb: *x"])
def test_what_is_no_mapping_is_refused(text):
    assert defects(text)
