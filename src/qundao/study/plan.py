"""One planned analysis: the statistic, and which dataset version contributes which groups.

Who contributes what is part of the protocol, because it decides what is masked: a group (an arm)
that three or more nodes contribute is only ever seen as their sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from qundao.analysis import Spec, normal_form, spec_from_json
from qundao.analysis.reading import Reader, words_json
from qundao.kernel.accession import Accession
from qundao.kernel.errors import Problem, QundaoError, problem, raise_if
from qundao.kernel.words import Words
from qundao.study.codes import BAD_PROTOCOL

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MOST_CELLS = 20_000
"""No analysis lets out more numbers than this: an answer stays a few hundred kilobytes."""


Split = tuple[str, str, str]
"""A dataset (any version), and the normal forms of the people in an arm and of what cuts them."""


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

    def named(self, groups: Iterable[str]) -> Words:
        """Return the names that people know groups by, in order."""
        labels = {a.id: a.label for a in self.spec.arms}
        found = [labels[g] for g in groups]
        return Words("、".join(w.zh for w in found), ", ".join(w.en for w in found))

    @property
    def splits(self) -> frozenset[Split]:
        """Return whose people are divided by what: no protocol has the same split twice."""
        return frozenset(s for c in self.contributions for s in self.splits_of(c.accession))

    def splits_of(self, accession: str) -> tuple[Split, ...]:
        """Return the splits of one dataset version, an entry for each arm and cut."""
        dataset = str(Accession(Accession.parse(accession).dataset))
        people = [normal_form.people(self.spec.source, g) for g in self.groups_of(accession)]
        return tuple((dataset, p, cut) for p in people for cut in sorted(self.spec.cuts))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "id": self.id,
            "title": words_json(self.title),
            "contributions": [c.to_json() for c in self.contributions],
            "spec": self.spec.to_json(),
        }


def read_analysis(at: Reader) -> PlannedAnalysis:
    """Read one planned analysis; every defect carries its place in the whole document."""
    at.only("id", "title", "contributions", "spec")
    name, title = at.at("id").text(), at.at("title").words()
    contributions = at.at("contributions").listed(_read_contribution)
    spec = at.at("spec").attempt(lambda a: spec_from_json(a.value, a.path))
    at.finish()
    assert spec is not None  # else its problems have just been raised
    return PlannedAnalysis(name, title, contributions, spec)


def _read_contribution(at: Reader) -> Contribution:
    at.only("accession", "groups")
    groups = tuple(g.text() for g in at.at("groups").items())
    return Contribution(at.at("accession").text(), groups)


def check_version(accession: str, where: str) -> Iterator[Problem]:
    """Yield a problem unless the text names one version of a dataset."""
    try:
        whole = Accession.parse(accession).version is None
    except QundaoError:
        whole = True
    if whole:
        yield _wrong(where, accession, "a dataset version such as QD000123.2")


def _defects(plan: PlannedAnalysis) -> Iterator[Problem]:
    if not _ID.fullmatch(plan.id):
        yield _wrong("id", plan.id, "a-z 0-9 _ - (1–64)")
    if not plan.contributions:
        yield _wrong("contributions", "[]", "≥ 1")
    if len(set(plan.accessions)) != len(plan.accessions):
        yield _wrong("contributions", ", ".join(plan.accessions), "each dataset once")
    for i, contribution in enumerate(plan.contributions):
        yield from _contribution_defects(plan, contribution, f"contributions[{i}]")
    missing = set(plan.spec.groups) - {g for c in plan.contributions for g in c.groups}
    if missing:
        yield _wrong("contributions", ", ".join(sorted(missing)), "a source for each group")
    cells = len(plan.spec.layout().cells)
    if cells > MOST_CELLS:
        yield _wrong("spec", f"{cells} numbers", f"at most {MOST_CELLS} numbers from each node")


def _contribution_defects(
    plan: PlannedAnalysis, held: Contribution, where: str
) -> Iterator[Problem]:
    yield from check_version(held.accession, f"{where}.accession")
    unknown = set(held.groups) - set(plan.spec.groups)
    if unknown or not held.groups or len(set(held.groups)) != len(held.groups):
        required = f"some of: {', '.join(plan.spec.groups)}"
        yield _wrong(f"{where}.groups", ", ".join(held.groups) or "[]", required)


def _wrong(where: str, received: str, required: str) -> Problem:
    return problem(BAD_PROTOCOL, received, where, required=required)
