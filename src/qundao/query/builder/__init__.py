"""Populations written in Python so that they read like the sentence they mean.

    from qundao.query import builder as q, concept_set

    metformin = concept_set("metformin", 1503297)
    diabetes = concept_set("type 2 diabetes", 201826)

    starters = (
        q.people("New users of metformin with type 2 diabetes")
        .entering_with(q.drug(metformin).first(), observed_before=365)
        .required("diabetes in the year before", q.at_least(1, q.condition(diabetes)).before(365))
        .required("adults", q.aged(at_least=18))
        .leaving_after_exposure_to(metformin, gap_days=30)
        .build()
    )

Everything is a frozen value: each word returns a new one, so that parts can be named and reused.
Concept sets need not be listed: a population has those that its parts name.
"""

from __future__ import annotations

from qundao.query.builder.asks import (
    aged,
    all_of,
    any_of,
    at_least,
    at_least_of,
    at_most,
    at_most_of,
    exactly,
    men,
    no,
    women,
)
from qundao.query.builder.events import (
    condition,
    condition_era,
    death,
    device,
    dose_era,
    drug,
    drug_era,
    measurement,
    observation,
    observation_period,
    payer_plan_period,
    procedure,
    region,
    specimen,
    visit,
    visit_detail,
)
from qundao.query.builder.people import People, people
from qundao.query.builder.phrases import Ask, Events, Together

__all__ = [
    "Ask",
    "Events",
    "People",
    "Together",
    "aged",
    "all_of",
    "any_of",
    "at_least",
    "at_least_of",
    "at_most",
    "at_most_of",
    "condition",
    "condition_era",
    "death",
    "device",
    "dose_era",
    "drug",
    "drug_era",
    "exactly",
    "measurement",
    "men",
    "no",
    "observation",
    "observation_period",
    "payer_plan_period",
    "people",
    "procedure",
    "region",
    "specimen",
    "visit",
    "visit_detail",
    "women",
]
