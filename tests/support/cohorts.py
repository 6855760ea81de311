"""Definitions and reported vocabularies for tests of the desks (synthetic)."""

from __future__ import annotations

from typing import Any

from qundao.protocol.messages import Receipt, ReportVocabulary
from qundao.query import Criterion, Domain, Entry, Observation, Population, concept_set
from support.hub_story import StoryNode


def concept(number: int, code: str, **told: Any) -> dict[str, Any]:
    """Return one concept of a report."""
    common = {"vocabulary": "SNOMED", "domain": "Condition", "standard": True}
    return {"id": number, "code": code, **common, **told}


def vocabulary(**changed: Any) -> dict[str, Any]:
    """Return a report of a few concepts."""
    told = {
        "schema": "qundao.vocabulary/1",
        "model": "omop 5.4",
        "whole": True,
        "releases": [{"vocabulary": "SNOMED", "version": "2024-03-01"}],
        "tables": [
            {"table": "person", "columns": ["person_id", "gender_concept_id", "year_of_birth"]},
            {"table": "concept", "columns": ["concept_id", "invalid_reason"]},
        ],
        "concepts": [
            concept(192671, "74474003", name="Gastrointestinal hemorrhage", zh="消化道出血",
                    persons="100–499"),
            concept(4027663, "13200003", name="Peptic ulcer"),
            concept(1124300, "3355", name="diclofenac", zh="双氯芬酸", vocabulary="RxNorm",
                    domain="Drug", persons="500–999"),
            concept(201826, "44054006", persons="10–49"),
        ],
    }  # fmt: skip
    return {**told, **changed}


def told_vocabulary(node: StoryNode, dataset: str = "ehr", **changed: Any) -> Receipt:
    """Let a node tell of its vocabulary."""
    return node.deliver(ReportVocabulary(dataset=dataset, vocabulary=vocabulary(**changed)))


def circe(prior: int = 0, concept_id: int = 192671) -> dict[str, Any]:
    """Return a small Circe definition: everybody with a condition, until observation ends."""
    item = {"concept": {"CONCEPT_ID": concept_id}, "includeDescendants": True}
    return {
        "ConceptSets": [{"id": 0, "name": "出血", "expression": {"items": [item]}}],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0}}],
            "ObservationWindow": {"PriorDays": prior, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "ExpressionLimit": {"Type": "All"},
    }


BLEEDING = Population(
    "消化道出血",
    (concept_set("出血", 192671),),
    Entry((Criterion(Domain.CONDITION, "出血"),), Observation()),
)
