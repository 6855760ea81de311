"""A dataset's waivers for its page: what stands, what may be waived, and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from qundao.node import waivers
from qundao.node.store import Tx


def waiver_view(
    tx: Tx, dataset: str, failed: list[Mapping[str, Any]], today: date
) -> dict[str, Any]:
    """Return standing waivers (with `expired`), check ids to choose from, and every change."""
    return {
        "standing": [
            w.to_json() | {"expired": w.expired(today)} for w in waivers.standing(tx, dataset)
        ],
        "choices": [check_id(c) for c in failed],
        "journal": waivers.journal(tx, dataset),
    }


def check_id(told: Mapping[str, Any]) -> str:
    """Return a check's id from its finding as `report.json` tells it."""
    place = ".".join(str(p).lower() for p in (told["table"], told["field"]) if p)
    concepts = ".".join(str(p) for p in (told["concept_id"], told["unit_concept_id"]) if p)
    question = told.get("rule") or told["check"]
    return f"{question}:{place}" + (f":{concepts}" if concepts else "")
