"""What is read of each FHIR R4 resource into columns: the elements that analyses ask for.

Source: HL7 FHIR R4 (4.0.1). Names of columns are the elements' own, in small letters with
underscores. A CodeableConcept gives its first coding (`_system`, `_code`, `_display`), all codings
as JSON (`_codings`) and its `_text`; a Quantity its number, `_unit`, `_code` and `_comparator`; a
Reference the id it refers to. A whole resource is kept beside them (`_json`), so nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pyarrow as pa

Json = Mapping[str, Any]
Get = Callable[[Json], Any]

_STRING = pa.string()
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how its value is found in a resource, and the reason where it is missing.

    `get` raises ValueError where the element is not of its type.
    """

    name: str
    get: Get
    type: pa.DataType = _STRING
    reason: Get | None = None


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _at(resource: Any, path: str) -> Any:
    """Return what stands at a path of elements, the first where one repeats; None if nothing."""
    value = resource
    for step in _steps(path):
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ValueError(f"an object is required at {path}")
        value = value.get(step)
    return value


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    value = _first(value)
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        raise ValueError("a primitive value is required")
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if not text.isascii():
        text.encode()  # a lone surrogate is no text
    return text


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is required")
    return float(value)


def as_json(value: Any) -> str | None:
    """Return a value as JSON text, None for nothing."""
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can hold
        return json.dumps(value, separators=(",", ":"))
    return text


def _text_at(path: str, resource: Json) -> str | None:
    return _text(_at(resource, path))


def _json_at(path: str, resource: Json) -> str | None:
    return as_json(_at(resource, path))


def _named(path: str) -> str:
    return _HUMP.sub("_", path.replace(".", "_")).lower()


def _absent(path: str) -> Get:
    """Return why a primitive is missing, from the extension on its other half (`_birthDate`)."""
    parent, _, last = path.rpartition(".")

    def reason(resource: Json) -> str | None:
        holder = _first(_at(resource, parent)) if parent else resource
        half = (holder or {}).get(f"_{last}")
        extensions = half.get("extension", []) if isinstance(half, dict) else []
        codes = (e.get("valueCode") for e in extensions if e.get("url") == _ABSENT)
        return _text(next(codes, None))

    return reason


def plain(*paths: str) -> list[Column]:
    """Primitives as text, exactly as written (dates may be partial)."""
    return [Column(_named(p), partial(_text_at, p), reason=_absent(p)) for p in paths]


def raw(*paths: str) -> list[Column]:
    """Elements of any shape as JSON text."""
    return [Column(_named(p), partial(_json_at, p)) for p in paths]


def reference(path: str) -> list[Column]:
    """The id that a reference names: of `Patient/1`, `http://…/Patient/1` and `urn:uuid:1`, 1."""

    def found(resource: Json) -> str | None:
        text = _text(_at(resource, f"{path}.reference"))
        return text.rpartition("/")[2].removeprefix("urn:uuid:") if text else None

    return [Column(f"{_named(path)}_id", found)]


def coding(path: str, name: str = "") -> list[Column]:
    """A Coding."""
    name = name or _named(path)
    return [
        Column(f"{name}_{part}", partial(_text_at, f"{path}.{part}"))
        for part in ("system", "code", "display")
    ]


def concept(path: str, name: str = "") -> list[Column]:
    """A CodeableConcept."""
    name = name or _named(path)
    return [
        *coding(f"{path}.coding", name),
        Column(f"{name}_codings", partial(_json_at, f"{path}.coding")),
        Column(f"{name}_text", partial(_text_at, f"{path}.text")),
    ]


def period(path: str) -> list[Column]:
    """A Period."""
    return plain(f"{path}.start", f"{path}.end")


def quantity(path: str, name: str = "", reason: Get | None = None) -> list[Column]:
    """A Quantity."""
    name = name or _named(path)
    number = Column(name, lambda r: _number(_at(r, f"{path}.value")), pa.float64(), reason)
    rest = [
        Column(f"{name}_{part}", partial(_text_at, f"{path}.{part}"))
        for part in ("unit", "code", "comparator")
    ]
    return [number, *rest]


def _value_reason(resource: Json) -> str | None:
    return _text(_at(resource, "dataAbsentReason.coding.code")) or _text(
        _at(resource, "dataAbsentReason.text")
    )


def value() -> list[Column]:
    """Observation.value[x]: a quantity, a concept, or something else as text.

    Where there is no quantity, its reason is the resource's dataAbsentReason.
    """
    primitives = ("String", "Boolean", "Integer", "DateTime", "Time")

    def other(resource: Json) -> str | None:
        kinds = (_text(resource.get(f"value{kind}")) for kind in primitives)
        return next((text for text in kinds if text is not None), None)

    def shaped(resource: Json) -> str | None:
        kinds = [f"value{kind}" for kind in ("Range", "Ratio", "SampledData", "Period")]
        return as_json({k: resource[k] for k in kinds if k in resource} or None)

    return [
        *quantity("valueQuantity", "value", _value_reason),
        *concept("valueCodeableConcept", "value_concept"),
        Column("value_text", other),
        Column("value_json", shaped),
    ]


_EFFECTIVE = [*plain("effectiveDateTime"), *period("effectivePeriod")]
_MEDICATION = [
    *concept("medicationCodeableConcept", "medication"),
    *reference("medicationReference"),
]
_OF_A_VISIT = [*reference("subject"), *reference("encounter")]

RESOURCES: Mapping[str, list[Column]] = {
    "Patient": [
        *raw("identifier", "name", "telecom", "address"),
        *plain("active", "gender", "birthDate", "deceasedBoolean", "deceasedDateTime"),
        *concept("maritalStatus"),
        *reference("managingOrganization"),
    ],
    "Encounter": [
        *plain("status"), *coding("class"), *concept("type"), *concept("serviceType"),
        *reference("subject"), *period("period"), *concept("reasonCode"),
        *concept("hospitalization.dischargeDisposition", "discharge_disposition"),
        *reference("serviceProvider"),
    ],
    "Condition": [
        *concept("clinicalStatus"), *concept("verificationStatus"), *concept("category"),
        *concept("code"), *_OF_A_VISIT, *plain("onsetDateTime"), *period("onsetPeriod"),
        *plain("onsetString", "abatementDateTime", "recordedDate"),
    ],
    "Observation": [
        *plain("status"), *concept("category"), *concept("code"), *_OF_A_VISIT, *_EFFECTIVE,
        *plain("effectiveInstant", "issued"), *value(), *concept("interpretation"),
        *concept("bodySite"), *concept("method"), *reference("specimen"),
        *quantity("referenceRange.low"), *quantity("referenceRange.high"),
        *plain("referenceRange.text"),
    ],
    "MedicationRequest": [
        *plain("status", "intent"), *_MEDICATION, *_OF_A_VISIT, *plain("authoredOn"),
        *raw("dosageInstruction"), *quantity("dispenseRequest.quantity", "quantity"),
        *quantity("dosageInstruction.doseAndRate.doseQuantity", "dose"),
        *concept("dosageInstruction.route", "route"),
    ],
    "MedicationAdministration": [
        *plain("status"), *_MEDICATION, *reference("subject"), *reference("context"), *_EFFECTIVE,
        *quantity("dosage.dose", "dose"), *concept("dosage.route", "route"), *raw("dosage"),
    ],
    "MedicationStatement": [
        *plain("status"), *_MEDICATION, *reference("subject"), *reference("context"), *_EFFECTIVE,
        *plain("dateAsserted"), *raw("dosage"),
    ],
    "Procedure": [
        *plain("status"), *concept("category"), *concept("code"), *_OF_A_VISIT,
        *plain("performedDateTime"), *period("performedPeriod"), *concept("bodySite"),
    ],
    "Immunization": [
        *plain("status"), *concept("statusReason"), *concept("vaccineCode"), *reference("patient"),
        *reference("encounter"), *plain("occurrenceDateTime", "occurrenceString", "lotNumber"),
        *quantity("doseQuantity", "dose"), *concept("route"),
    ],
    "DiagnosticReport": [
        *plain("status"), *concept("category"), *concept("code"), *_OF_A_VISIT, *_EFFECTIVE,
        *plain("issued", "conclusion"), *concept("conclusionCode"), *raw("result"),
    ],
    "AllergyIntolerance": [
        *concept("clinicalStatus"), *concept("verificationStatus"),
        *plain("type", "category", "criticality"), *concept("code"), *reference("patient"),
        *reference("encounter"), *plain("onsetDateTime", "recordedDate"), *raw("reaction"),
    ],
    "Specimen": [
        *raw("identifier"), *plain("status"), *concept("type"), *reference("subject"),
        *plain("receivedTime", "collection.collectedDateTime"),
        *period("collection.collectedPeriod"), *quantity("collection.quantity"),
        *concept("collection.bodySite"),
    ],
    "Medication": [*plain("status"), *concept("code"), *concept("form")],
    "Coverage": [
        *plain("status"), *concept("type"), *plain("subscriberId"), *reference("beneficiary"),
        *period("period"), *reference("payor"), *raw("class"),
    ],
}  # fmt: skip

WHOLE = "_of"
"""Where a component has the observation that it is a part of."""


def _of_whole(columns: list[Column]) -> list[Column]:
    """Columns of the observation, beside each of its components."""
    return [Column(c.name, partial(_get_of_whole, c.get), c.type) for c in columns]


def _get_of_whole(get: Get, component: Json) -> Any:
    return get(component[WHOLE])


COMPONENT: list[Column] = [
    *concept("code"), *value(), *concept("interpretation"),
    *_of_whole([
        *plain("status"), *reference("encounter"), *_EFFECTIVE,
        *plain("effectiveInstant", "issued"),
    ]),
]  # fmt: skip
"""Of a component of an Observation (a row in a table of its own), with when and where it was."""
