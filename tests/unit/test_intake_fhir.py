"""FHIR R4 as NDJSON and as Bundles: resources of our own making, in the specification's shapes."""

from __future__ import annotations

import json

import pytest

from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.intake.readers.fhir_columns import RESOURCES
from qundao.kernel.errors import QundaoError
from support.source_tables import read_all

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
LOINC = "http://loinc.org"


def concept(code, display, system=LOINC, text=None):
    return {"coding": [{"system": system, "code": code, "display": display}], "text": text}


def mmhg(value):
    unit = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"value": value, **unit}


PATIENT = {
    "resourceType": "Patient", "id": "p1", "active": True, "gender": "female",
    "name": [{"family": "王", "given": ["小明"]}], "birthDate": "1970-05",
    "identifier": [{"system": "urn:oid:1", "value": "A1"}],
}  # fmt: skip
UNDATED = {
    "resourceType": "Patient", "id": "p2",
    "_birthDate": {"extension": [{"url": ABSENT, "valueCode": "asked-declined"}]},
}  # fmt: skip
GLUCOSE = {
    "resourceType": "Observation", "id": "o1", "status": "final",
    "category": [concept("laboratory", "Laboratory", "http://terminology.hl7.org/x")],
    "code": {"coding": [{"system": LOINC, "code": "15074-8", "display": "Glucose"},
                        {"system": "urn:local", "code": "GLU"}], "text": "血糖"},
    "subject": {"reference": "Patient/p1"}, "encounter": {"reference": "urn:uuid:e-1"},
    "effectiveDateTime": "2020-02-29T10:00:00+08:00",
    "valueQuantity": {"value": 6.30, "unit": "mmol/l", "code": "mmol/L", "comparator": ">="},
    "referenceRange": [{"low": {"value": 3.1, "unit": "mmol/l"}, "high": {"value": 6.2}}],
}  # fmt: skip
PRESSURE = {
    "resourceType": "Observation", "id": "o2", "status": "final",
    "code": concept("85354-9", "Blood pressure panel"),
    "subject": {"reference": "https://example.org/fhir/Patient/p2"},
    "effectivePeriod": {"start": "2020-01-01", "end": "2020-01-02"},
    "component": [
        {"code": concept("8480-6", "Systolic"), "valueQuantity": mmhg(120)},
        {"code": concept("8462-4", "Diastolic"),
         "dataAbsentReason": concept("not-performed", "Not performed", ABSENT)},
    ],
}  # fmt: skip
POSITIVE = {
    "resourceType": "Observation", "id": "o3", "status": "final", "code": concept("1", "x"),
    "valueCodeableConcept": concept("10828004", "Positive", "http://snomed.info/sct"),
}  # fmt: skip
WORDS = {
    "resourceType": "Observation", "id": "o4", "status": "final", "code": concept("2", "y"),
    "valueString": "未见异常",
}  # fmt: skip
MISSED = {
    "resourceType": "Observation", "id": "o5", "status": "final", "code": concept("3", "z"),
    "dataAbsentReason": {"text": "样本溶血"},
}  # fmt: skip
OTHERS = [
    {"resourceType": "Encounter", "id": "e-1", "status": "finished",
     "class": {"system": "urn:act", "code": "IMP"}, "subject": {"reference": "Patient/p1"},
     "period": {"start": "2020-02-28", "end": "2020-03-01"},
     "hospitalization": {"dischargeDisposition": concept("home", "Home")}},
    {"resourceType": "Condition", "id": "c1", "code": concept("E11", "糖尿病", "urn:icd-10"),
     "clinicalStatus": concept("active", "Active"), "subject": {"reference": "Patient/p1"},
     "onsetDateTime": "2011"},
    {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
     "medicationCodeableConcept": concept("6809", "metformin", "urn:rxnorm"),
     "subject": {"reference": "Patient/p1"}, "authoredOn": "2020-03-01",
     "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}]}]},
    {"resourceType": "MedicationAdministration", "id": "a1", "status": "completed",
     "medicationReference": {"reference": "Medication/med1"},
     "subject": {"reference": "Patient/p1"}, "dosage": {"dose": {"value": 2, "unit": "g"}}},
    {"resourceType": "MedicationStatement", "id": "s1", "status": "active",
     "medicationCodeableConcept": {"text": "阿司匹林"}, "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Procedure", "id": "r1", "status": "completed",
     "code": concept("80146002", "Appendectomy"), "subject": {"reference": "Patient/p1"},
     "performedPeriod": {"start": "2013-04-05"}},
    {"resourceType": "Immunization", "id": "i1", "status": "completed",
     "vaccineCode": concept("140", "Influenza"), "patient": {"reference": "Patient/p1"},
     "occurrenceDateTime": "2013-01-10"},
    {"resourceType": "DiagnosticReport", "id": "d1", "status": "final",
     "code": concept("58410-2", "CBC"), "subject": {"reference": "Patient/p1"},
     "result": [{"reference": "Observation/o1"}]},
    {"resourceType": "AllergyIntolerance", "id": "l1", "category": ["food"],
     "code": concept("227493005", "Cashew nuts"), "patient": {"reference": "Patient/p1"}},
    {"resourceType": "Specimen", "id": "sp1", "type": concept("122555007", "Venous blood"),
     "subject": {"reference": "Patient/p1"},
     "collection": {"collectedDateTime": "2020-02-29", "quantity": {"value": 5, "unit": "mL"}}},
    {"resourceType": "Coverage", "id": "v1", "status": "active",
     "beneficiary": {"reference": "Patient/p1"}, "payor": [{"reference": "Organization/2"}]},
    {"resourceType": "Medication", "id": "med1", "code": {"text": "青霉素"}},
]  # fmt: skip
OBSERVATIONS = [GLUCOSE, PRESSURE, POSITIVE, WORDS, MISSED]
ALL = [PATIENT, UNDATED, *OBSERVATIONS, *OTHERS]


def ndjson(tmp_path, resources, name="export.ndjson"):
    path = tmp_path / name
    texts = (r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in resources)
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def bundle(tmp_path, resources, **layout):
    path = tmp_path / "x.bundle.json"
    entries = [{"fullUrl": f"urn:uuid:{i}", "resource": r} for i, r in enumerate(resources)]
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(document, ensure_ascii=False, **layout), "utf-8")
    return path


@pytest.mark.parametrize("form", ["ndjson", "bundle", "bundle on many lines"])
def test_every_resource_is_counted_and_comes_back(tmp_path, form):
    indent = {"indent": 1} if "lines" in form else {}
    path = ndjson(tmp_path, ALL) if form == "ndjson" else bundle(tmp_path, ALL, **indent)
    reader = open_source(path)
    counts = {t.name: t.rows for t in reader.tables()}
    assert counts == {
        **dict.fromkeys(RESOURCES, 1), "Patient": 2, "Observation": 5,
        "Observation_component": 2,
    }  # fmt: skip
    held = []
    for table in reader.tables():
        read, defects = read_all(reader, table.name)
        assert (len(read), defects) == (table.rows, [])
        assert table.facts["resources"] == table.rows
        if table.name != "Observation_component":
            held += [json.loads(text) for text in read["_json"].to_pylist()]
    assert sorted(held, key=str) == sorted(ALL, key=str)


def observations(tmp_path):
    read, _ = read_all(open_source(ndjson(tmp_path, ALL)), "Observation")
    return {row["id"]: row for row in read.to_pylist()}


def test_an_observation_is_laid_out_in_columns(tmp_path):
    row = observations(tmp_path)["o1"]
    wanted = {
        "status": "final", "category_code": "laboratory", "code_system": LOINC,
        "code_code": "15074-8", "code_display": "Glucose", "code_text": "血糖",
        "code_codings": json.dumps(GLUCOSE["code"]["coding"], separators=(",", ":")),
        "subject_id": "p1", "encounter_id": "e-1", "value": 6.3, "value_unit": "mmol/l",
        "value_code": "mmol/L", "value_comparator": ">=", "value__reason": None,
        "effective_date_time": "2020-02-29T10:00:00+08:00", "reference_range_low": 3.1,
        "reference_range_high": 6.2, "_place": 3,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_other_kinds_of_values_and_absent_ones(tmp_path):
    rows = observations(tmp_path)
    assert rows["o2"]["effective_period_start"] == "2020-01-01"
    assert rows["o2"]["subject_id"] == "p2"
    assert rows["o3"]["value_concept_code"] == "10828004"
    assert rows["o4"]["value_text"] == "未见异常"
    assert (rows["o5"]["value"], rows["o5"]["value__reason"]) == (None, "样本溶血")


def test_components_are_rows_of_their_own(tmp_path):
    read, _ = read_all(open_source(ndjson(tmp_path, ALL)), "Observation_component")
    names = ("observation_id", "subject_id", "index", "code_code", "value", "value_unit",
             "value__reason", "effective_period_start", "status", "_place")  # fmt: skip
    assert [tuple(row[n] for n in names) for row in read.to_pylist()] == [
        ("o2", "p2", "1", "8480-6", 120.0, "mmHg", None, "2020-01-01", "final", 4),
        ("o2", "p2", "2", "8462-4", None, None, "not-performed", "2020-01-01", "final", 4),
    ]


def test_a_patient_keeps_partial_dates_and_reasons(tmp_path):
    read, _ = read_all(open_source(ndjson(tmp_path, ALL)), "Patient")
    first, second = read.to_pylist()
    assert (first["birth_date"], first["active"], first["gender"]) == ("1970-05", "true", "female")
    assert json.loads(first["name"]) == PATIENT["name"]
    assert (second["birth_date"], second["birth_date__reason"]) == (None, "asked-declined")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("Encounter", "class_code", "IMP"),
        ("Encounter", "discharge_disposition_code", "home"),
        ("Encounter", "period_end", "2020-03-01"),
        ("Condition", "onset_date_time", "2011"),
        ("Condition", "clinical_status_code", "active"),
        ("MedicationRequest", "dose", 500.0),
        ("MedicationRequest", "medication_code", "6809"),
        ("MedicationAdministration", "medication_reference_id", "med1"),
        ("MedicationAdministration", "dose_unit", "g"),
        ("MedicationStatement", "medication_text", "阿司匹林"),
        ("Procedure", "performed_period_start", "2013-04-05"),
        ("Immunization", "patient_id", "p1"),
        ("DiagnosticReport", "result", '[{"reference":"Observation/o1"}]'),
        ("AllergyIntolerance", "category", "food"),
        ("Medication", "code_text", "青霉素"),
        ("Specimen", "type_code", "122555007"),
        ("Specimen", "collection_collected_date_time", "2020-02-29"),
        ("Specimen", "collection_quantity", 5.0),
        ("Coverage", "payor_id", "2"),
    ],
)
def test_elements_of_other_resources(tmp_path, table, column, value):
    read, _ = read_all(open_source(ndjson(tmp_path, ALL)), table)
    assert read[column].to_pylist() == [value]


def test_full_urls_of_a_bundle_are_kept(tmp_path):
    read, _ = read_all(open_source(bundle(tmp_path, ALL)), "Patient")
    assert read["full_url"].to_pylist() == ["urn:uuid:0", "urn:uuid:1"]


def test_broken_lines_are_defects_and_the_rest_goes_on(tmp_path):
    cut = json.dumps(UNDATED)[:-5]
    lines = [PATIENT, cut, "garbage", {"id": "typeless"}, "[1]", {**PATIENT, "id": "p3"}]
    reader = open_source(ndjson(tmp_path, lines))
    assert {t.name: t.rows for t in reader.tables()} == {"Patient": 3, "_unreadable": 3}
    read, (defect,) = read_all(reader, "Patient")
    assert read["id"].to_pylist() == ["p1", "p3"]
    assert (defect.place, defect.column, defect.reason) == (2, "", "intake.bad_row")
    none, defects = read_all(reader, "_unreadable")
    assert len(none) == 0
    assert [(d.place, d.value) for d in defects] == [
        (3, "garbage"), (4, '{"id": "typeless"}'), (5, "[1]"),
    ]  # fmt: skip


def test_an_element_of_another_shape_is_a_defect_of_one_value(tmp_path):
    odd = {**GLUCOSE, "status": {"x": 1}, "valueQuantity": {"value": "6,3"}, "subject": "p1"}
    read, defects = read_all(open_source(ndjson(tmp_path, [odd])), "Observation")
    row = read.to_pylist()[0]
    assert (row["status"], row["value"], row["subject_id"]) == (None, None, None)
    assert row["code_code"] == "15074-8"
    assert [d.column for d in defects] == ["status", "subject_id", "value"]


def test_a_type_written_with_escapes_is_found(tmp_path):
    line = json.dumps(PATIENT).replace("Patient", "\\u0050atient")
    reader = open_source(ndjson(tmp_path, [line]))
    assert len(read_all(reader, "Patient")[0]) == reader.tables()[0].rows == 1


def test_other_json_and_odd_layouts_are_refused(tmp_path):
    path = tmp_path / "x.bundle.json"
    path.write_text('{\n"resourceType": "Parameters"\n}')
    with pytest.raises(QundaoError) as other:
        open_source(path).tables()
    with pytest.raises(QundaoError) as layout:
        open_source(path, options={"layout": "xml"})
    with pytest.raises(QundaoError) as table:
        read_all(open_source(ndjson(tmp_path, ALL)), "Device")
    assert other.value.code == "intake.unreadable"
    assert layout.value.code == "intake.unknown_option"
    assert table.value.code == "intake.no_such_table"


def test_limits_are_kept(tmp_path):
    deep = '{"resourceType":"Patient","id":' + "[" * 200 + "]" * 200 + "}"
    long = json.dumps({**PATIENT, "id": "x" * 5000})
    reader = open_source(ndjson(tmp_path, [deep, long, PATIENT]), limits=Limits(field_bytes=4000))
    read, defects = read_all(reader, "Patient")
    assert read["id"].to_pylist() == ["p1"]
    assert [d.place for d in defects] == [1]
    assert [d.place for d in read_all(reader, "_unreadable")[1]] == [2]
    with pytest.raises(QundaoError) as error:
        open_source(ndjson(tmp_path, ALL), limits=Limits(tables=3)).tables()
    assert error.value.code == "intake.beyond_limits"


def test_batches_keep_to_the_rows_asked_for(tmp_path):
    reader = open_source(ndjson(tmp_path, [PATIENT] * 7))
    assert [b.num_rows for b in reader.batches("Patient", print, rows=3)] == [3, 3, 1]
