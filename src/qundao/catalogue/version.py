"""A dataset version as its node offers it: checked once, never changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.catalogue.codes import BAD_DESCRIPTION
from qundao.catalogue.columns import label_problems, two_languages
from qundao.catalogue.profile import Profile, threshold_problems
from qundao.catalogue.scores import ScoreSummary
from qundao.catalogue.tier import Tier
from qundao.kernel.canonical import canonical_json, digest
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """Everything that makes a version what it is. Thresholds are the contributor's own.

    `name` is the node's stable name for the dataset, `data_digest` its keyed digest of the data
    behind the description. Raises `catalogue.bad_description` with every defect.
    """

    name: str
    title: Words
    description: Words
    data_class: str
    tier: Tier
    model: str
    min_cell: int
    event_floor: int
    data_digest: str
    labels: Mapping[str, Any]
    profile: Mapping[str, Any]
    scorecard: Mapping[str, Any]

    def __post_init__(self) -> None:
        raise_if(_defects(self))

    @property
    def described(self) -> Profile:
        """Return the profile as a value."""
        return Profile.from_json(self.profile)

    @property
    def score(self) -> ScoreSummary:
        """Return the summary of the scorecard."""
        return ScoreSummary.from_json(self.scorecard)

    def content(self) -> dict[str, Any]:
        """Return the version's content as plain JSON: what its digest covers."""
        return {
            "name": self.name,
            "title": _json(self.title),
            "description": _json(self.description),
            "data_class": self.data_class,
            "tier": self.tier.value,
            "model": self.model,
            "min_cell": self.min_cell,
            "event_floor": self.event_floor,
            "data_digest": self.data_digest,
            "labels": dict(self.labels),
            "profile": dict(self.profile),
            "scorecard": dict(self.scorecard),
        }

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content; equal content is the same version."""
        return digest(self.content())


def read_version(body: Mapping[str, Any]) -> VersionFacts:
    """Read the body of a registration (`qundao.dataset/1`, already validated in form).

    Raises `catalogue.bad_description`, `catalogue.bad_profile`, `catalogue.profile_too_fine`.
    """
    problems = [*_texts(body), *label_problems(body["labels"])]
    raise_if(problems)
    return VersionFacts(
        name=body["dataset"],
        title=two_languages(body["title"]),
        description=two_languages(body["description"]),
        data_class=body["data_class"],
        tier=Tier(body["tier"]),
        model=body["model"],
        min_cell=body["min_cell"],
        event_floor=body["event_floor"],
        data_digest=body["data_digest"],
        labels=body["labels"],
        profile=body["profile"],
        scorecard=body["scorecard"],
    )


def _texts(body: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("title", "description"):
        try:
            two_languages(body[key])
        except ValueError as error:
            received = str(body[key])[:120]
            yield problem(BAD_DESCRIPTION, received, key, required=str(error))


def _defects(version: VersionFacts) -> Iterator[Problem]:
    if not version.data_class or not version.model:
        received = f"{version.data_class!r}, {version.model!r}"
        yield problem(BAD_DESCRIPTION, received, "data_class", required="a data class and a model")
    if version.min_cell < 1 or version.event_floor < 0:
        received = f"min_cell {version.min_cell}, event_floor {version.event_floor}"
        required = "min_cell ≥ 1, event_floor ≥ 0"
        yield problem(BAD_DESCRIPTION, received, "min_cell", required=required)
    profile = version.described
    if version.model != profile.model:
        yield problem(BAD_DESCRIPTION, profile.model, "profile.model", required=version.model)
    yield from threshold_problems(profile, max(1, version.min_cell))
    ScoreSummary.from_json(version.scorecard)
    try:
        canonical_json(version.content())
    except ValueError as error:  # an integer beyond 2^53 in free labels, say
        yield problem(BAD_DESCRIPTION, str(error)[:200], "labels", required="RFC 8785 JSON")


def _json(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
