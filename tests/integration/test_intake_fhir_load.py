"""A FHIR R4 bulk export (synthetic) loaded by the template: counts per resource are reconciled."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest

from qundao.engines import open_engine
from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.templates import template
from qundao.models import omop
from qundao.quality import Status, run

LOINC = "http://loinc.org"
CODES = {
    "conditions": "E11,201826\n",
    "observations": "2345-7,3004501\n8480-6,3004249\n8462-4,3012888\n",
    "drugs": "860975,40163924\n",
    "procedures": "80146002,4198190\n",
}


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def subject(n):
    return {"reference": f"Patient/p{n}"}


def resources(persons):
    """Return a small alliance of resources per person, in the order of a bulk export."""
    for n in range(persons):
        yield {
            "resourceType": "Patient",
            "id": f"p{n}",
            "name": [{"family": "合成", "given": [str(n)]}],
            "gender": "female" if n % 2 else "male",
            "birthDate": ["1960-04-05", "1971-02", "1980"][n % 3],
        }
        yield {
            "resourceType": "Encounter",
            "id": f"e{n}",
            "status": "cancelled" if n % 10 == 9 else "finished",
            "class": {"code": "IMP" if n % 2 else "AMB"},
            "subject": subject(n),
            "period": {"start": "2023-03-05T08:30:00+08:00", "end": "2023-03-09"},
        }
        yield {
            "resourceType": "Condition",
            "id": f"c{n}",
            "code": coded("http://hl7.org/fhir/sid/icd-10", "E11" if n % 4 else "Z99"),
            "subject": subject(n),
            "encounter": {"reference": f"Encounter/e{n}"},
            "onsetDateTime": "2023-03-05" if n % 5 else "2011",
        }
        for k in range(3):
            yield {
                "resourceType": "Observation",
                "id": f"o{n}-{k}",
                "status": "entered-in-error" if k == 2 and n % 6 == 0 else "final",
                "code": coded(LOINC, "2345-7"),
                "subject": subject(n),
                "effectiveDateTime": "2023-03-06T10:00:00.000Z",
                "valueQuantity": {
                    "value": 5.5 + k,
                    "code": "mmol/L",
                    **({"comparator": "<"} if k == 1 else {}),
                },
            }
        yield {
            "resourceType": "MedicationRequest",
            "id": f"m{n}",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": coded("rxnorm", "860975"),
            "subject": subject(n if n else 999),  # an order of somebody who is not in the export
            "authoredOn": "2023-03-06",
        }
        yield {
            "resourceType": "Procedure",
            "id": f"pr{n}",
            "status": "completed",
            "code": coded("http://snomed.info/sct", "80146002"),
            "subject": subject(n),
            "performedDateTime": "2023-03-07",
        }
        yield from more(n)


def more(n):
    """Yield what a patient has besides: pressures in parts, drugs, reports, specimens …"""
    loinc, snomed = LOINC, "http://snomed.info/sct"
    own = {"subject": subject(n), "encounter": {"reference": f"Encounter/e{n}"}}
    parts = (("8480-6", 120 + n), ("8462-4", 80))
    yield {
        "resourceType": "Observation",
        "id": f"bp{n}",
        "status": "final",
        "code": coded(loinc, "85354-9"),
        **own,
        "effectiveDateTime": "2023-03-07",
        "component": [
            {"code": coded(loinc, code), "valueQuantity": {"value": value, "code": "mm[Hg]"}}
            for code, value in parts
        ],
    }
    yield {
        "resourceType": "MedicationAdministration",
        "id": f"ma{n}",
        "status": "not-done" if n % 10 == 0 else "completed",
        "medicationReference": {"reference": f"Medication/d{n % 2}"},
        "subject": subject(n),
        "context": {"reference": f"Encounter/e{n}"},
        "effectivePeriod": {"start": "2023-03-06T08:00:00Z", "end": "2023-03-07"},
        "dosage": {"dose": {"value": 5, "unit": "mg"}},
    }
    yield {
        "resourceType": "MedicationStatement",
        "id": f"ms{n}",
        "status": "active",
        "medicationCodeableConcept": coded("rxnorm", "860975"),
        "subject": subject(n),
        **({"dateAsserted": "2023-03-05"} if n % 6 else {}),
    }
    yield {
        "resourceType": "Immunization",
        "id": f"im{n}",
        "status": "entered-in-error" if n % 15 == 0 else "completed",
        "vaccineCode": coded("cvx", "140"),
        "patient": subject(n),
        "occurrenceDateTime": "2022-10-01",
    }
    yield {
        "resourceType": "AllergyIntolerance",
        "id": f"al{n}",
        "verificationStatus": coded("v", "refuted" if n % 3 == 0 else "confirmed"),
        "category": ["medication"],
        "code": coded(snomed, "91936005"),
        "patient": subject(n),
        "recordedDate": "2020-01-02",
    }
    yield {
        "resourceType": "DiagnosticReport",
        "id": f"dr{n}",
        "status": "final",
        "code": coded(loinc, "18748-4"),
        **own,
        "effectiveDateTime": "2023-03-08T09:00:00Z",
        "conclusion": "王某，未见异常",
    }
    yield {
        "resourceType": "Specimen",
        "id": f"sp{n}",
        "type": coded(snomed, "122555007"),
        "subject": subject(n),
        "collection": {"collectedDateTime": "2023-03-06", "quantity": {"value": 5, "unit": "mL"}},
    }


MEDICATIONS = (
    {"resourceType": "Medication", "id": "d0", "code": coded("rxnorm", "860975")},
    {"resourceType": "Medication", "id": "d9", "code": coded("rxnorm", "1")},
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fhir")
    lines: dict[str, list[str]] = {}
    for resource in (*resources(30), *MEDICATIONS):
        lines.setdefault(resource["resourceType"], []).append(json.dumps(resource))
    lines["Condition"].insert(3, '{"resourceType": "Condition", "id": ')
    for type_, own in lines.items():
        (folder / f"{type_}.ndjson").write_text("\n".join(own) + "\n", "utf-8")
    (folder / "codes").mkdir()
    for name, rows in CODES.items():
        (folder / "codes" / f"{name}.csv").write_text(f"code,concept\n{rows}", "utf-8")
    account = load(read_mapping(template("fhir-r4-omop"), "fhir"), folder, folder / "node")
    return account, versions(folder / "node" / "loaded")[0].tables


def test_every_resource_of_the_export_is_accounted_for(loaded):
    account, _ = loaded
    sources = {s["source"]: (s["rows"], s["broken"]) for s in account.to_json()["sources"]}
    assert sources == {
        "patients": (30, 0),
        "encounters": (30, 0),
        "conditions": (31, 1),
        "observations": (120, 0),
        "components": (60, 0),
        "requests": (30, 0),
        "administrations": (30, 0),
        "statements": (30, 0),
        "medications": (2, 0),
        "immunizations": (30, 0),
        "procedures": (30, 0),
        "allergies": (30, 0),
        "reports": (30, 0),
        "specimens": (30, 0),
    }
    told = {
        (t.target, t.source): (t.loaded, t.rejected, t.merged, t.left_out) for t in account.tables
    }
    assert told == {
        ("person", "patients"): (30, 0, 0, 0),
        ("death", "patients"): (0, 0, 0, 30),
        ("visit_occurrence", "encounters"): (27, 0, 0, 3),
        ("condition_occurrence", "conditions"): (24, 6, 0, 0),
        ("measurement", "observations"): (115, 0, 0, 5),
        ("measurement", "components"): (60, 0, 0, 0),
        ("drug_exposure", "requests"): (29, 1, 0, 0),
        ("drug_exposure", "administrations"): (27, 0, 0, 3),
        ("drug_exposure", "statements"): (25, 5, 0, 0),
        ("drug_exposure", "immunizations"): (28, 0, 0, 2),
        ("procedure_occurrence", "procedures"): (30, 0, 0, 0),
        ("observation", "allergies"): (20, 0, 0, 10),
        ("observation", "reports"): (30, 0, 0, 0),
        ("specimen", "specimens"): (30, 0, 0, 0),
    }
    reasons = {t.source: dict(t.reasons) for t in account.tables if t.reasons}
    assert reasons == {
        "conditions": {"not_a_date:condition_start_date": 6},
        "requests": {"no_parent:person_id": 1},
        "statements": {"empty:drug_exposure_start_date": 5, "empty:drug_exposure_end_date": 5},
    }
    # Three encounters were cancelled: what was noted during them stays and points at none.
    emptied = {t.source: dict(t.emptied) for t in account.tables if t.emptied}
    assert emptied["components"] == {"visit_occurrence_id": 6}
    assert emptied["reports"] == {"visit_occurrence_id": 3}


def test_values_are_those_of_the_resources(loaded):
    _, tables = loaded
    people = f"SELECT year_of_birth, gender_concept_id, count(*) FROM '{tables}/person.parquet'"
    assert sorted(duckdb.sql(f"{people} GROUP BY ALL").fetchall()) == [
        (year, sex, 5) for year in (1960, 1971, 1980) for sex in (8507, 8532)
    ]
    visits = f"'{tables}/visit_occurrence.parquet'"
    times = f"SELECT DISTINCT visit_start_datetime::VARCHAR, visit_end_date FROM {visits}"
    assert duckdb.sql(times).fetchall() == [("2023-03-05 08:30:00", date(2023, 3, 9))]
    measured = (
        "SELECT value_as_number, operator_concept_id, unit_concept_id, measurement_concept_id, "
        f"count(*) FROM '{tables}/measurement.parquet' WHERE value_as_number < 10 "
        "GROUP BY ALL ORDER BY 1"
    )
    assert duckdb.sql(measured).fetchall() == [
        (5.5, None, 8753, 3004501, 30),
        (6.5, 4171756, 8753, 3004501, 30),
        (7.5, None, 8753, 3004501, 25),
    ]


def test_parts_drugs_and_specimens_have_the_values_of_their_resources(loaded):
    _, tables = loaded
    pressures = (
        "SELECT measurement_concept_id, unit_concept_id, min(value_as_number), "
        f"max(value_as_number), min(measurement_date) FROM '{tables}/measurement.parquet' "
        "WHERE unit_concept_id = 8876 GROUP BY ALL ORDER BY 1"
    )
    assert duckdb.sql(pressures).fetchall() == [
        (3004249, 8876, 120.0, 149.0, date(2023, 3, 7)),
        (3012888, 8876, 80.0, 80.0, date(2023, 3, 7)),
    ]
    drugs = (
        "SELECT drug_type_concept_id, drug_concept_id, drug_source_value, "
        "drug_exposure_start_date, drug_exposure_end_date, quantity, count(*) "
        f"FROM '{tables}/drug_exposure.parquet' GROUP BY ALL ORDER BY ALL"
    )
    one, two = date(2023, 3, 6), date(2023, 3, 7)
    assert duckdb.sql(drugs).fetchall() == [
        (32818, 0, "140", date(2022, 10, 1), date(2022, 10, 1), None, 28),
        (32818, 0, "d1", one, two, 5.0, 15),
        (32818, 40163924, "860975", one, two, 5.0, 12),
        (32838, 40163924, "860975", one, one, None, 29),
        (32865, 40163924, "860975", date(2023, 3, 5), date(2023, 3, 5), None, 25),
    ]
    fields = "specimen_date, quantity, unit_source_value"
    specimens = f"SELECT DISTINCT {fields} FROM '{tables}/specimen.parquet'"
    assert duckdb.sql(specimens).fetchall() == [(one, 5.0, "mL")]


def test_a_reports_words_which_may_name_people_are_not_loaded(loaded):
    _, tables = loaded
    (table,) = duckdb.sql(
        f"SELECT CAST(list(o) AS TEXT) FROM '{tables}/observation.parquet' o"
    ).fetchall()
    assert "18748-4" in table[0]
    assert "王" not in table[0]


def test_codes_that_are_not_listed_are_told_by_how_many_rows_have_them(loaded):
    account, _ = loaded
    coverage = {c.codes: c for c in account.coverage}
    assert coverage["conditions"].unmapped[0][0] == "Z99"
    assert coverage["observations"].mapped == 85 + 60
    assert dict(coverage["observations"].unmapped) == {
        "85354-9": 30,
        "18748-4": 30,
        "122555007": 30,
        "91936005": 20,
    }


def test_what_fails_the_quality_checks_is_the_missing_vocabulary_and_what_is_not_there(loaded):
    _, tables = loaded
    with open_engine(f"parquet:{tables}") as engine:
        report = run(engine, omop("5.4"))
    failed = {f.check.check for f in report.findings if f.status is Status.FAILED}
    assert failed <= {
        "isForeignKey",  # the tables of concepts are empty: a site brings its own
        "measurePersonCompleteness",
        "sourceValueCompleteness",
        "standardConceptRecordCompleteness",
        "measureValueCompleteness",
    }
    assert not [f for f in report.findings if f.status is Status.ERROR]
