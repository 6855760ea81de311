"""The examples of a mapping are run by the load itself and compared field by field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qundao.intake.mapping import read_mapping
from qundao.intake.mapping_examples import difference_words, run_examples
from qundao.intake.templates import TEMPLATES, template
from qundao.kernel.errors import QundaoError

MAPPING = """\
mapping: front-page
version: 1
target: omop 5.4
sources:
  front: {files: 病案首页.csv}
  unused: {files: more.csv}
codes:
  sex: {男: 8507, 女: 8532}
  icd10: {file: icd10.csv, otherwise: 0}
tables:
  person:
    from: front
    one_per: person_id
    fields:
      person_id: person(卡号)
      gender_concept_id: code(sex, 性别)
      year_of_birth: year(出生日期)
      race_concept_id: 0
      ethnicity_concept_id: 0
  visit_occurrence:
    from: front
    reject:
      - {when: day(出院) < day(入院), because: 出院早于入院}
    fields:
      visit_occurrence_id: id('visit', 流水号)
      person_id: person(卡号)
      visit_concept_id: 9201
      visit_start_date: 入院
      visit_start_datetime: 入院
      visit_end_date: 出院
      visit_type_concept_id: 32827
      visit_source_value: 流水号
  condition_occurrence:
    from: front
    each: [{code: 诊断1}, {code: 诊断2}]
    where: code is not empty
    fields:
      condition_occurrence_id: id('condition', 流水号, code)
      person_id: person(卡号)
      condition_concept_id: code(icd10, code)
      condition_start_date: 入院
      condition_type_concept_id: 32827
      condition_source_value: code
      visit_occurrence_id: id('visit', 流水号)
"""
FIRST = MAPPING.count("\n") + 2
ROWS = """\
examples:
  - name: 两名患者三次住院
    given:
      front:
        - {卡号: A1, 流水号: V1, 性别: 男, 出生日期: 1960年3月5日,
           入院: 2023/3/5 8:30, 出院: "20230309", 诊断1: I10, 诊断2: E11}
        - {卡号: A1, 流水号: V2, 性别: 男, 出生日期: 1960年3月5日,
           入院: 2023-05-01, 出院: 2023-05-02, 诊断1: I10}
        - {卡号: A2, 流水号: V3, 性别: 男, 出生日期: 1960-03-05,
           入院: 2023-05-01, 出院: 2023-05-02, 诊断1: Z99}
    codes:
      icd10: {I10: 320128, E11: 201826}
"""
EXPECT = """\
    expect:
      person:
        - {person_id: =A1, year_of_birth: 1960, gender_concept_id: 8507, gender_source_value: ""}
        - {person_id: =A2, year_of_birth: 1960}
      visit_occurrence:
        - {visit_occurrence_id: =V3, person_id: =A2, visit_start_date: 2023-05-01}
        - {visit_occurrence_id: =V2, person_id: =A1, visit_start_date: 2023-05-01}
        - {visit_occurrence_id: =V1, person_id: =A1, visit_start_datetime: "2023-03-05 08:30",
           visit_end_date: 2023-03-09}
      condition_occurrence:
        - {visit_occurrence_id: =V1, condition_concept_id: 320128}
        - {visit_occurrence_id: =V1, condition_concept_id: 201826}
        - {visit_occurrence_id: =V2, condition_concept_id: 320128, person_id: =A1}
        - {visit_occurrence_id: =V3, condition_concept_id: 0, condition_source_value: Z99}
"""  # fmt: skip


def run(text, **options):
    return run_examples(read_mapping(MAPPING + text, "m.yaml"), **options)


def differences(text, **options):
    (result,) = run(text, **options)
    return [(d.kind, d.table, d.row, d.field, d.expected, d.received) for d in result.differences]


def test_an_example_passes_whose_rows_are_those_that_are_loaded_in_any_order():
    (result,) = run(ROWS + EXPECT)
    assert (result.name, result.line, result.passed) == ("两名患者三次住院", FIRST, True)
    assert result.to_json() == {
        "name": "两名患者三次住院",
        "line": FIRST,
        "passed": True,
        "differences": [],
    }


def test_a_value_that_differs_is_told_with_its_row_and_field():
    wrong = EXPECT.replace("2023-03-09}", "2023-03-10}").replace(
        "year_of_birth: 1960}", "year_of_birth: 1961}"
    )
    assert differences(ROWS + wrong) == [
        ("value", "person", 2, "year_of_birth", "1961", "1960"),
        ("value", "visit_occurrence", 3, "visit_end_date", "2023-03-10", "2023-03-09"),
    ]


def test_a_label_is_one_value_wherever_it_stands_and_two_labels_are_two():
    crossed = EXPECT.replace(
        "condition_concept_id: 320128, person_id: =A1",
        "condition_concept_id: 320128, person_id: =A2",
    )
    (told,) = differences(ROWS + crossed)
    assert told[:4] == ("value", "condition_occurrence", 3, "person_id")
    assert told[4].startswith("=A2 (")
    one = """\
    expect:
      person: [{person_id: =A}, {person_id: =B}]
      visit_occurrence: [{person_id: =A}, {person_id: =B}, {person_id: =C}]
"""
    (told,) = differences(ROWS + one)
    assert told[:5] == ("value", "visit_occurrence", 3, "person_id", "=C")


def test_rows_that_are_missing_or_not_expected_are_told():
    told = differences(
        ROWS
        + """\
    expect:
      person: [{year_of_birth: 1960}, {year_of_birth: 1960}, {year_of_birth: 1960}]
      death: []
      condition_occurrence: [{condition_source_value: I10}, {condition_source_value: E11}]
"""
    )
    assert told == [
        ("missing", "person", 3, "", "year_of_birth: 1960", ""),
        ("surplus", "condition_occurrence", 0, "", "", "condition_source_value: I10"),
        ("surplus", "condition_occurrence", 0, "", "", "condition_source_value: Z99"),
    ]


BROKEN = """\
examples:
  - name: 坏日期
    given:
      front:
        - {卡号: A1, 流水号: V1, 性别: 男, 出生日期: 1960, 入院: 2023-02-30, 出院: 2023-03-09}
        - {卡号: A2, 流水号: V2, 性别: 男, 出生日期: 1960-01-01,
           入院: 2023-03-30, 出院: 2023-03-09}
    rejected:
"""


def test_rows_that_are_rejected_are_compared_by_reason_and_field():
    sound = BROKEN + (
        "      - {table: visit_occurrence, reason: not_a_date, field: visit_start_date}\n"
        "      - {table: visit_occurrence, reason: not_a_date, field: visit_start_datetime}\n"
        "      - {table: visit_occurrence, reason: no_parent, field: person_id}\n"
        "      - {table: visit_occurrence, reason: 出院早于入院}\n"
    )
    assert differences(sound) == []
    other = BROKEN + "      - {table: visit_occurrence, reason: 出院早于入院, rows: 2}\n"
    told = differences(other)
    assert ("rejected", "visit_occurrence", 0, "出院早于入院", "2", "1") in told
    assert ("rejected", "visit_occurrence", 0, "not_a_date:visit_start_date", "0", "1") in told
    assert {d[1] for d in told} == {"visit_occurrence"}


def test_a_list_of_codes_is_the_sites_own_where_the_example_tells_none(tmp_path):
    asked = (ROWS + EXPECT).replace("    codes:\n      icd10: {I10: 320128, E11: 201826}\n", "")
    (tmp_path / "icd10.csv").write_text("code,concept\nI10,320128\nE11,201826\n", "utf-8")
    assert differences(asked, lists=tmp_path) == []
    without = differences(asked)
    assert {d[3] for d in without} == {"condition_concept_id"}
    assert {d[5] for d in without} == {"0"}


def test_differences_are_told_in_words():
    (result,) = run(BROKEN + "      - {table: visit_occurrence, reason: x}\n")
    told = [difference_words(d) for d in result.differences]
    assert (
        "visit_occurrence 被拒绝的行（不是日历上的日期（visit_start_date））：应为 0，实为 1"
        in [w.zh for w in told]
    )
    assert any("0 expected, received 1" in w.en for w in told)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_examples_of_every_template_pass(name):
    results = run_examples(read_mapping(template(name), name))
    assert results
    assert [(r.name, r.differences) for r in results if not r.passed] == []


def test_the_example_in_the_documentation_passes():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "load-exports.md"
    (shown,) = re.findall(r"```yaml\n(examples:.*?)```", page.read_text("utf-8"), re.DOTALL)
    without, _, _ = template("hospital-omop").partition("examples:\n")
    (result,) = run_examples(read_mapping(without + shown, "docs"))
    assert result.differences == ()


@pytest.mark.parametrize(
    ("text", "line", "received"),
    [
        ("    given: {back: [{卡号: A1}]}\n    expect: {person: []}\n", 1, "back"),
        ("    given: {front: [{卡好: A1}]}\n    expect: {person: []}\n", 1, "卡好"),
        ("    expect: {persons: []}\n", 1, "persons"),
        ("    expect: {person: [{born: 1960}]}\n", 1, "born"),
        ("    expect: {person: [{year_of_birth: many}]}\n", 1, "many"),
        ("    expect:\n      death: [{death_date: 2023-02-30}]\n", 2, "2023-02-30"),
        ("    rejected: [{table: person, reason: empty, field: nothing}]\n", 1, "nothing"),
        ("    rejected: [{table: person, reason: empty, rows: few}]\n", 1, "few"),
        ("    expect: {person: []}\n    codes: {icd: {A: 1}}\n", 2, "icd"),
        ("    given: {front: []}\n", 0, ""),
        ("    expect: {person: []}\n  - name: one\n    expect: {person: []}\n", 2, "one"),
    ],
)
def test_defects_are_told_with_their_lines(text, line, received):
    with pytest.raises(QundaoError) as caught:
        read_mapping(f"{MAPPING}examples:\n  - name: one\n{text}", "m.yaml")
    told = [(p.code, p.where, p.received) for p in caught.value.problems]
    assert told == [("intake.bad_mapping", f"m.yaml:{FIRST + line}", received)]
