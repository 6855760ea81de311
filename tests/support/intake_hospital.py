"""A small hospital's export (synthetic) and the mapping for it."""

from __future__ import annotations

from pathlib import Path

MAPPING = """\
mapping: front-page
version: 1
target: omop 5.4
sources:
  front: {files: "front*.csv"}
codes:
  sex: {"1": 8507, "2": 8532, 男: 8507, 女: 8532, otherwise: 0}
  icd10: {I10.x00: 320128, E11.900: 201826, otherwise: 0}
identity:
  - {source: front, person: 病案号, vault: [姓名, 身份证号]}
tables:
  condition_occurrence:
    from: front
    each:
      - {code: 主要诊断, status: 32902}
      - {code: "其他诊断{n}", status: 32908, n: 1..2}
    where: code is not empty
    fields:
      condition_occurrence_id: id('condition', 病案号, 入院, code)
      person_id: person(病案号)
      condition_concept_id: code(icd10, code)
      condition_start_date: 入院
      condition_type_concept_id: 32827
      condition_status_concept_id: status
      condition_source_value: code
      visit_occurrence_id: id('visit', 病案号, 入院)
  visit_occurrence:
    from: front
    reject:
      - {when: moment(出院) < moment(入院), because: 出院早于入院}
    fields:
      visit_occurrence_id: id('visit', 病案号, 入院)
      person_id: person(病案号)
      visit_concept_id: 9201
      visit_start_date: 入院
      visit_start_datetime: 入院
      visit_end_date: 出院
      visit_type_concept_id: 32827
  person:
    from: front
    one_per: person_id
    fields:
      person_id: person(病案号)
      gender_concept_id: code(sex, 性别)
      year_of_birth: year(出生)
      race_concept_id: 0
      ethnicity_concept_id: 0
"""
HEADER = "病案号,姓名,身份证号,性别,出生,入院,出院,主要诊断,其他诊断1,其他诊断2"
ROWS = (
    "A1,张三（合成）,440101197003051239,1,1970年3月5日,2023-01-02 08:30,2023-01-08,"
    "I10.x00,E11.900,",
    "A2,李四（合成）,x,女,1980/2/30,2023-01-03,2023-01-05,E11.900,,",
    "A3,王五（合成）,y,女,19900101,2023/2/3,2023/2/9,ZZZ,I10.x00,",
    "A1,张三（合成）,440101197003051239,1,1970年3月5日,2023-05-02,2023-05-01,I10.x00,,",
    "A3,王五（合成）,y,女,19900101,2023/2/3,2023/2/9,ZZZ,I10.x00,",
    "A3,王五（合成）,y,女,19900101,2023/2/3,2023/2/10,ZZZ,,",
    "A4,只有五列,z,男,1960-01-01",
)


def write_hospital(folder: Path, rows=ROWS, name="front.csv") -> Path:
    """Write the export and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return folder
