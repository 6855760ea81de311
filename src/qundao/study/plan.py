"""One planned analysis: the statistic, and which dataset version contributes which groups.

Who contributes what is part of the protocol, because it decides what is masked: a group (an arm)
that three or more nodes contribute is only ever seen as their sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.analysis import Spec, spec_from_json
from qundao.kernel.accession import Accession
from qundao.kernel.errors import Problem, QundaoError, problem, raise_if
from qundao.kernel.words import Words
from qundao.study.codes import BAD_PROTOCOL

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Contribution:
    """A dataset version and the groups of the statistic that its rows belong to."""

    accession: str
    groups: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"accession": self.accession, "groups": list(self.groups)}


@dataclass(frozen=True, slots=True)
class PlannedAnalysis:
    """One statistic of a protocol. Raises `study.bad_protocol` with every defect at once."""

    id: str
    title: Words
    contributions: tuple[Contribution, ...]
    spec: Spec

    def __post_init__(self) -> None:
        raise_if(_defects(self))

    @property
    def accessions(self) -> tuple[str, ...]:
        """Return the dataset versions that take part."""
        return tuple(c.accession for c in self.contributions)

    def groups_of(self, accession: str) -> tuple[str, ...]:
        """Return the groups that one dataset version contributes; empty when it takes no part."""
        found = (c.groups for c in self.contributions if c.accession == accession)
        return next(found, ())

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "id": self.id,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "contributions": [c.to_json() for c in self.contributions],
            "spec": self.spec.to_json(),
        }


def analysis_from_json(data: Mapping[str, Any], where: str) -> PlannedAnalysis:
    """Read one planned analysis. Raises `study.bad_protocol` or the statistic's own errors."""
    try:
        contributions = tuple(
            Contribution(str(c["accession"]), tuple(str(g) for g in c["groups"]))
            for c in data["contributions"]
        )
        title = Words(str(data["title"]["zh"]), str(data["title"]["en"]))
        return PlannedAnalysis(str(data["id"]), title, contributions, spec_from_json(data["spec"]))
    except QundaoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        required = "id, title {zh, en}, contributions [{accession, groups}], spec"
        received = f"{type(error).__name__}: {error}"[:200]
        raise QundaoError(problem(BAD_PROTOCOL, received, where, required=required)) from error


def _defects(plan: PlannedAnalysis) -> Iterator[Problem]:
    if not _ID.fullmatch(plan.id):
        yield _wrong(plan, "id", plan.id, "a-z 0-9 _ - (1–64)")
    if not plan.contributions:
        yield _wrong(plan, "contributions", "[]", "≥ 1")
    if len(set(plan.accessions)) != len(plan.accessions):
        yield _wrong(plan, "contributions", ", ".join(plan.accessions), "each dataset once")
    for contribution in plan.contributions:
        yield from _contribution_defects(plan, contribution)
    missing = set(plan.spec.groups) - {g for c in plan.contributions for g in c.groups}
    if missing:
        yield _wrong(plan, "contributions", ", ".join(sorted(missing)), "a source for each group")


def _contribution_defects(plan: PlannedAnalysis, held: Contribution) -> Iterator[Problem]:
    if Accession.parse(held.accession).version is None:
        yield _wrong(plan, "contributions.accession", held.accession, "QD000123.2")
    unknown = set(held.groups) - set(plan.spec.groups)
    if unknown or not held.groups or len(set(held.groups)) != len(held.groups):
        required = f"some of: {', '.join(plan.spec.groups)}"
        yield _wrong(plan, "contributions.groups", ", ".join(held.groups) or "[]", required)


def _wrong(plan: PlannedAnalysis, where: str, received: str, required: str) -> Problem:
    return problem(BAD_PROTOCOL, received, f"analyses[{plan.id}].{where}", required=required)
