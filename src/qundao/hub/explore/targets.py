"""Which dataset versions a question goes to."""

from __future__ import annotations

from collections.abc import Sequence

from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.catalogue.queries import newest_versions
from qundao.query import StandardModel


def answering(
    model: StandardModel, versions: Sequence[DatasetVersion] | None
) -> list[DatasetVersion]:
    """Return the versions (None: the newest of each dataset) of the model that is asked.

    A version in the other model could only answer zero, which would be a false answer. Older
    versions of a dataset are not asked: nearly the same data would answer with fresh noise.
    """
    newest = newest_versions()
    asked = None if versions is None else {v.pk for v in versions}
    candidates = [v for v in newest if asked is None or v.pk in asked]
    return [v for v in candidates if v.model.lower().startswith(_family(model))]


def _family(model: StandardModel) -> tuple[str, ...]:
    return ("omop",) if model is StandardModel.OMOP else ("cdisc", "sdtm", "adam")
