"""Which tables of a model hold facts about persons, and what makes two facts different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactTable:
    """One domain: a fact is a distinct person with these columns' values."""

    name: str
    table: str
    key: tuple[str, ...] = ()


SUBJECT: Mapping[str, str] = {"omop": "person_id", "cdisc": "usubjid"}
PERSONS: Mapping[str, tuple[str, ...]] = {"omop": ("person",), "cdisc": ("dm", "adsl")}

DOMAINS: Mapping[str, tuple[FactTable, ...]] = {
    "omop": (
        FactTable("visit", "visit_occurrence", ("visit_concept_id", "visit_start_date")),
        FactTable(
            "condition", "condition_occurrence", ("condition_concept_id", "condition_start_date")
        ),
        FactTable("drug", "drug_exposure", ("drug_concept_id", "drug_exposure_start_date")),
        FactTable("procedure", "procedure_occurrence", ("procedure_concept_id", "procedure_date")),
        FactTable("measurement", "measurement", ("measurement_concept_id", "measurement_date")),
        FactTable("observation", "observation", ("observation_concept_id", "observation_date")),
        FactTable("device", "device_exposure", ("device_concept_id", "device_exposure_start_date")),
        FactTable("death", "death"),
    ),
    "cdisc": (
        FactTable("demographics", "dm"),
        FactTable("exposure", "ex", ("extrt", "exstdtc")),
        FactTable("adverse_event", "ae", ("aedecod", "aestdtc")),
        FactTable("laboratory", "lb", ("lbtestcd", "lbdtc")),
        FactTable("vital_sign", "vs", ("vstestcd", "vsdtc")),
        FactTable("questionnaire", "qs", ("qstestcd", "qsdtc")),
        FactTable("pharmacokinetics", "pc", ("pctestcd", "pcdtc")),
        FactTable("disposition", "ds", ("dsdecod", "dsstdtc")),
        FactTable("time_to_event", "adtte", ("paramcd",)),
    ),
}
