"""A small OMOP source: forty people, one common and one rare condition (synthetic)."""

from __future__ import annotations

from datetime import date
from typing import Any

from qundao.query import Criterion, Domain, Entry, Observation, Population, concept_set

COMMON, RARE, ABOVE, UNUSED, MISSING = 10, 20, 1, 30, 999
PERSONS = 40
ABOUT: dict[str, Any] = {
    "title": {"zh": "合成", "en": "Synthetic"},
    "description": {"zh": "合成", "en": "synthetic"},
    "data_class": "hospital_records",
    "tier": "federated",
    "min_cell": 10,
    "event_floor": 10,
    "labels": {
        **{k: {"zh": "合成", "en": "synthetic"}
           for k in ("source", "collection", "compliance", "sharing")},
        "legal_basis": {"kind": "synthetic", "document": "test"},
    },
}  # fmt: skip


def concept(number: int, vocabulary: str = "SNOMED") -> dict[str, Any]:
    return {
        "concept_id": number,
        "concept_name": f"name {number}",
        "domain_id": "Condition",
        "vocabulary_id": vocabulary,
        "concept_class_id": "x",
        "standard_concept": "S",
        "concept_code": f"C{number}",
        "valid_start_date": date(1970, 1, 1),
        "valid_end_date": date(2099, 12, 31),
    }


def rows(padding: int) -> dict[str, list[dict[str, Any]]]:
    """Forty people, all with one condition, five with another; `padding` unused concepts."""
    people = range(1, PERSONS + 1)
    day, end = date(2020, 1, 1), date(2021, 1, 1)
    used = [(p, COMMON) for p in people] + [(p, RARE) for p in people if p <= 5]
    known = [concept(COMMON, "RxNorm"), concept(RARE), concept(ABOVE), concept(UNUSED)]
    known += [concept(1000 + i) for i in range(padding)]
    return {
        "person": [{"person_id": p, "gender_concept_id": 8532, "year_of_birth": 1960,
                    "race_concept_id": 0, "ethnicity_concept_id": 0} for p in people],
        "observation_period": [
            {"observation_period_id": p, "person_id": p, "observation_period_start_date": day,
             "observation_period_end_date": end, "period_type_concept_id": 0} for p in people
        ],
        "condition_occurrence": [
            {"condition_occurrence_id": i, "person_id": p, "condition_concept_id": c,
             "condition_start_date": day, "condition_type_concept_id": 0}
            for i, (p, c) in enumerate(used)
        ],
        "concept": known,
        "concept_ancestor": [
            {"ancestor_concept_id": a, "descendant_concept_id": d,
             "min_levels_of_separation": 1, "max_levels_of_separation": 1}
            for a, d in ((ABOVE, COMMON), (COMMON, COMMON), (UNUSED, UNUSED), (UNUSED, RARE))
        ],
        "concept_synonym": [{"concept_id": COMMON, "concept_synonym_name": "常见病",
                             "language_concept_id": 4182948}],
        "vocabulary": [{"vocabulary_id": "RxNorm", "vocabulary_name": "RxNorm",
                        "vocabulary_version": "2024", "vocabulary_concept_id": 0}],
    }  # fmt: skip


def people(domain: Domain, concept_id: int, *, descendants: bool = False) -> Population:
    found = concept_set("wanted", concept_id, descendants=descendants)
    return Population("p", (found,), Entry((Criterion(domain, "wanted"),), Observation()))
