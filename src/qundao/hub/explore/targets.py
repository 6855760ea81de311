"""Which dataset versions a question goes to."""

from __future__ import annotations

from collections.abc import Sequence

from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.catalogue.queries import newest_versions
from qundao.query import BandedPredicate


def answering(
    predicate: BandedPredicate, versions: Sequence[DatasetVersion] | None
) -> list[DatasetVersion]:
    """Return the versions (None: the newest of each dataset) whose model the predicate speaks.

    A version in the other model could only answer zero, which would be a false answer.
    """
    candidates = newest_versions() if versions is None else versions
    return [v for v in candidates if v.model.lower().startswith(_family(predicate))]


def _family(predicate: BandedPredicate) -> tuple[str, ...]:
    return ("omop",) if predicate.model.value == "omop" else ("cdisc", "sdtm", "adam")
