"""What a version is worth and earns, by the tariff in force."""

from __future__ import annotations

from typing import Any

from qundao.catalogue import VersionFacts
from qundao.credits.tariff import Tariff
from qundao.credits.valuation import Coverage, DomainVolume, Valuation, value_version
from qundao.hub.catalogue.models import Dataset
from qundao.hub.ledger.queries import earned


def valued(tariff: Tariff, facts: VersionFacts, earned_before: int = 0) -> Valuation:
    """Return the valuation of a version. Raises `credits.not_in_tariff`, `credits.bad_volume`."""
    held = facts.described
    volume = Coverage(
        data_class=facts.data_class,
        subjects=held.persons or 0,
        domains=tuple(DomainVolume(d.domain, d.facts) for d in held.domains),
        topic=str(facts.labels.get("topic") or ""),
    )
    return value_version(tariff, volume, facts.score.whole, earned_before)


def earned_by(dataset: Dataset) -> int:
    """Return what all versions of a dataset have been minted so far, micro-credits."""
    return sum(earned(v) for v in dataset.versions.values_list("accession", flat=True))


def explained(valuation: Valuation) -> dict[str, Any]:
    """Return a valuation as JSON, line by line, for whoever asks where credits came from."""
    return {
        "tariff": valuation.tariff,
        "data_class": valuation.data_class,
        "total": valuation.total,
        "lines": [
            {
                "words": {"zh": line.words.zh, "en": line.words.en},
                "count": line.count,
                "unit": line.unit,
                "amount": line.amount,
            }
            for line in valuation.lines
        ],
    }
