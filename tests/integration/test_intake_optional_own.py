"""Sources that may be missing, and targets that a mapping describes itself, loaded end to end."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from qundao.cli.main import main
from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.mapping_examples import run_examples
from qundao.intake.synthetic import write_exports
from qundao.intake.templates import template
from qundao.kernel.errors import QundaoError
from qundao.models import model_from_json

OWN = """\
mapping: 随访队列
version: 1
target: own
describe:
  patient:
    label: {zh: 患者, en: patients}
    fields:
      patient_id: {kind: integer, key: yes, label: {zh: 假名, en: pseudonym}}
      sex: {kind: text, length: 1, required: yes}
      born: date
  visit:
    label: {zh: 随访, en: follow-up}
    fields:
      visit_id: {kind: integer, key: yes}
      patient_id: {kind: integer, required: yes, to: patient.patient_id}
      at: {kind: datetime, required: yes}
      score: number
      ward: {kind: integer, to: ward.ward_id}
  ward:
    fields: {ward_id: {kind: integer, key: yes}, name: text}
sources:
  people: {files: people.csv}
  follow: {files: follow*.csv}
  wards: {files: wards.csv, optional: yes}
codes:
  sex: {男: M, 女: F}
identity:
  - {source: people, person: 病案号, vault: [姓名]}
tables:
  visit:
    from: follow
    fields:
      visit_id: id('visit', 病案号, 时间)
      patient_id: person(病案号)
      at: 时间
      score: 评分
      ward: 病区
  patient:
    from: people
    fields: {patient_id: person(病案号), sex: "code(sex, 性别)", born: 出生日期}
  ward:
    {from: wards, same: yes}
examples:
  - name: 一次随访
    given:
      people: [{病案号: A1, 性别: 女, 出生日期: 1960年3月5日}]
      follow:
        - {病案号: A1, 时间: 2023/3/5 8:30, 评分: "1,234.5"}
        - {病案号: A2, 时间: 2023/3/5}
    expect:
      patient: [{patient_id: =A1, sex: F, born: 1960-03-05}]
      visit: [{patient_id: =A1, at: "2023-03-05 08:30", score: 1234.5, ward: ""}]
      ward: []
    rejected: [{table: visit, reason: no_parent, field: patient_id}]
"""
PEOPLE = (
    "病案号,姓名,性别,出生日期\nA1,王甲,女,1960年3月5日\nA2,李乙,男,1970-01-01\n"
    "A3,张丙,?,1980-01-01\n"
)
FOLLOW = "病案号,时间,评分,病区\nA1,2023-03-05 08:30,3,7\nA2,2023-03-06,很高,\nA3,2023-03-07,1,\n"


@pytest.fixture
def exports(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    (tmp_path / "follow1.csv").write_text(FOLLOW, "utf-8")
    return tmp_path


def told(account):
    return {t.target: (t.loaded, dict(t.reasons), dict(t.emptied)) for t in account.tables}


TEXT_KEYS = """\
mapping: 受试者
version: 1
target: own
describe:
  subject:
    fields: {subject_id: {kind: text, key: yes, length: 40}, sex: text}
  visit:
    fields: {visit_id: {kind: integer, key: yes}, subject_id: {kind: text, to: subject.subject_id,
             required: yes, length: 40}}
sources:
  people: {files: people.csv}
  follow: {files: follow1.csv}
tables:
  subject: {from: people, fields: {subject_id: 病案号, sex: 性别}}
  visit: {from: follow, fields: {visit_id: "id('visit', 时间)", subject_id: person(病案号)}}
"""


def test_pseudonyms_beside_parents_known_by_texts_have_no_parent(exports):
    account = load(read_mapping(TEXT_KEYS, "subjects.yaml"), exports, exports / "node")
    assert told(account)["visit"] == (0, {"no_parent:subject_id": 3}, {})


def test_tables_of_ones_own_are_loaded_and_checked(exports, capsys):
    mapping = read_mapping(OWN, "own.yaml")
    account = load(mapping, exports, exports / "node")
    assert told(account) == {
        "patient": (2, {"not_in_list:sex": 1}, {}),
        "ward": (0, {}, {}),
        "visit": (1, {"not_a_number:score": 1, "no_parent:patient_id": 1}, {"ward": 1}),
    }
    assert account.rows == {"patient": 2, "visit": 1, "ward": 0}
    version = versions(exports / "node" / "loaded")[0]
    fields = 'sex, CAST(born AS TEXT), CAST(v."at" AS TEXT), score, ward'
    joined = (
        f"SELECT {fields} FROM '{version.tables}/visit.parquet' v "
        f"JOIN '{version.tables}/patient.parquet' USING (patient_id)"
    )
    assert duckdb.sql(joined).fetchall() == [("F", "1960-03-05", "2023-03-05 08:30:00", 3.0, None)]
    described = version.folder / "model.json"
    assert model_from_json(json.loads(described.read_text("utf-8"))) == mapping.model
    data = ["--data", f"parquet:{version.tables}", "--model", str(described)]
    assert main(["quality", "run", *data]) == 0
    assert "随访队列@1" in capsys.readouterr().out


def test_the_examples_of_a_described_target_run():
    (result,) = run_examples(read_mapping(OWN, "own.yaml"))
    assert result.differences == ()


def test_the_hospital_template_loads_what_there_is(tmp_path):
    write_exports(tmp_path, patients=8, seed=3, formats=["utf8"], every=0)
    shutil.copytree(tmp_path / "utf8", tmp_path / "less")
    (tmp_path / "less" / "处方.csv").unlink()
    mapping = read_mapping(template("hospital-omop"), "hospital-omop.yaml")
    whole, less = (load(mapping, tmp_path / f, tmp_path / f"{f}-node") for f in ("utf8", "less"))
    assert {s.source for s in less.sources} == {"front", "visits", "labs"}
    assert [t.candidates for t in less.tables if t.source == "prescriptions"] == [0]
    assert whole.rows["drug_exposure"] > 0
    assert less.rows == {**whole.rows, "drug_exposure": 0}


def test_labs_without_anybody_are_rejected_and_told(tmp_path):
    write_exports(tmp_path, patients=5, seed=3, formats=["utf8"], every=0)
    for name in ("病案首页", "门诊就诊", "处方"):
        (tmp_path / "utf8" / f"{name}.csv").unlink()
    mapping = read_mapping(template("hospital-omop"), "hospital-omop.yaml")
    account = load(mapping, tmp_path / "utf8", tmp_path / "node")
    (labs,) = (t for t in account.tables if t.target == "measurement")
    assert labs.loaded == 0
    assert labs.reasons == {"no_parent:person_id": labs.candidates}
    assert labs.candidates > 0


def test_a_folder_without_any_file_is_no_source(tmp_path):
    mapping = read_mapping(template("hospital-omop"), "hospital-omop.yaml")
    with pytest.raises(QundaoError) as caught:
        load(mapping, tmp_path, tmp_path / "node")
    assert len(caught.value.problems) == 4
    assert {p.code for p in caught.value.problems} == {"intake.source_missing"}


def test_datasets_that_a_study_has_not_are_no_fault(tmp_path):
    head = "STUDYID,DOMAIN,USUBJID,SUBJID,SITEID,SEX,ARMCD,ARM,ACTARMCD,ACTARM,COUNTRY\n"
    (tmp_path / "dm.csv").write_text(f"{head}S1,DM,S1-1,1,701,F,P,Placebo,P,Placebo,CHN\n", "utf-8")
    account = load(read_mapping(template("sdtm"), "sdtm.yaml"), tmp_path, tmp_path / "node")
    assert [s.source for s in account.sources] == ["dm"]
    assert {t: n for t, n in account.rows.items() if n} == {"dm": 1}


def test_what_follows_from_records_is_reckoned_where_omop_has_none(tmp_path):
    (tmp_path / "person.csv").write_text(
        "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n"
        "1,8507,1960,0,0\n",
        "utf-8",
    )
    (tmp_path / "visit_occurrence.csv").write_text(
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,"
        "visit_type_concept_id,admitting_source_concept_id,admitting_source_value,"
        "discharge_to_concept_id,discharge_to_source_value\n"
        "1,1,9201,2020-01-02,2020-01-05,32827,,,,\n",
        "utf-8",
    )
    account = load(read_mapping(template("omop-omop"), "o"), tmp_path, tmp_path / "node")
    rows = {t: n for t, n in account.rows.items() if n}
    assert rows == {"person": 1, "visit_occurrence": 1, "observation_period": 1, "cdm_source": 1}
