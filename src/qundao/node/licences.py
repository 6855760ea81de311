"""Whose concepts' names may be told: what licences allow, and what the site permits."""

from __future__ import annotations

import os

from qundao.node import environment

FREE_NAMES = frozenset(
    (
        "Cohort", "Concept Class", "Condition Type", "Cost", "Currency", "CVX", "Death Type",
        "Device Type", "Domain", "Drug Type", "Ethnicity", "Gender", "HCPCS", "ICD10CM",
        "ICD10PCS", "ICD9CM", "ICD9Proc", "LOINC", "Meas Type", "Medicare Specialty", "NDC",
        "None", "Note Type", "Obs Period Type", "Observation Type", "OMOP Extension",
        "Procedure Type", "Race", "Relationship", "RxNorm", "RxNorm Extension", "SPL",
        "Type Concept", "UCUM", "Visit", "Visit Type", "Vocabulary",
    )
)  # fmt: skip
"""Vocabularies of public bodies and of OMOP itself, whose licences let names be passed on."""


def names_told() -> frozenset[str]:
    """Return the vocabularies whose names may leave; of others only ids and codes do."""
    return FREE_NAMES | frozenset(environment.VOCABULARY_NAMES.value(os.environ))
