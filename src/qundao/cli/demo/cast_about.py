"""What each steward says of the data offered, in the form that `qundao node connect` takes."""

from __future__ import annotations

from typing import Any

from qundao.cli.demo.cast import Offer
from qundao.kernel.words import Words


def about(offer: Offer) -> dict[str, Any]:
    """Return an offer's description as JSON."""
    return {
        "title": _json(offer.title),
        "description": _json(offer.description),
        "data_class": offer.data_class,
        "tier": "federated",
        "min_cell": offer.min_cell,
        "event_floor": offer.event_floor,
        "labels": {
            "source": _json(offer.source),
            "collection": _json(offer.collection),
            "compliance": _json(offer.compliance),
            "sharing": _json(offer.sharing),
            **_standing(offer),
        },
    }


def _standing(offer: Offer) -> dict[str, Any]:
    if offer.person_filter:
        return {
            "keywords": "NSAID, celecoxib, diclofenac, GI haemorrhage",
            "legal_basis": {"kind": "synthetic", "document": "Synthea GiBleed"},
            "de_identification": "synthetic",
            "data_use": ["GRU"],
        }
    arm = "placebo" if offer.arms else "all arms"
    return {
        "disease": "F00 / G30 Alzheimer",
        "phase": "II",
        "arm": arm,
        "legal_basis": {"kind": "published", "document": "CDISC pilot project"},
        "de_identification": "as published by CDISC",
        "data_use": ["GRU"],
    }


def _json(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
