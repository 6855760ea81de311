"""Reads: definitions, their versions, what two versions differ in, drafts."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from qundao.catalogue.search import terms
from qundao.hub.codes import NOT_FOUND
from qundao.hub.cohorts.codes import NOT_IN_USE
from qundao.hub.cohorts.models import (
    BuilderDraft,
    CohortDefinition,
    Decision,
    DefinitionVersion,
    VersionState,
)
from qundao.hub.common.actors import Actor
from qundao.kernel.errors import fail
from qundao.query import digest
from qundao.query.words import words as words_of
from qundao.study import StudyProtocol

Versions = QuerySet[DefinitionVersion]
MOST_CHOICES, MOST_ALIGNED = 500, 100
_WITHDRAWN = VersionState.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: `del`, `ins`, or the same (empty)."""

    change: str
    text: str


def newest_versions(query: str = "", *, retired: bool = False) -> Versions:
    """Return the newest version of each definition whose name holds every part of the query."""
    rows = _versions().filter(number=F("definition__latest"))
    if not retired:
        rows = rows.filter(definition__retired_at=None)
    for term in terms(query):
        rows = rows.filter(definition__search_text__contains=term)
    return rows.order_by("-made_at", "-id")


def definition(definition_id: str) -> CohortDefinition:
    """Return one definition. Raises `hub.not_found`."""
    found = CohortDefinition.objects.select_related("organisation").filter(pk=definition_id).first()
    if found is None:
        raise fail(NOT_FOUND, definition_id, "cohort")
    return found


def version(definition_id: str, number: int | None = None) -> DefinitionVersion:
    """Return a version, the newest where no number is given. Raises `hub.not_found`."""
    rows = _versions().filter(definition=definition_id)
    wanted = F("definition__latest") if number is None else number
    found = rows.filter(number=wanted).first()
    if found is None:
        raise fail(NOT_FOUND, f"{definition_id} {number or ''}".strip(), "cohort")
    return found


def version_by_id(version_id: str) -> DefinitionVersion:
    """Return a version by its id. Raises `hub.not_found`."""
    found = _versions().filter(pk=version_id).first()
    if found is None:
        raise fail(NOT_FOUND, version_id, "cohort")
    return found


def versions_of(held: CohortDefinition) -> Versions:
    """Return all versions of a definition, newest first."""
    return _versions().filter(definition=held).order_by("-number")


def usable_versions() -> list[DefinitionVersion]:
    """Return versions in use, by name and newest first: for a choice.

    Of more than `MOST_CHOICES` those kept last. What is withdrawn is not offered.
    """
    once = set(Decision.objects.filter(state=_WITHDRAWN).values_list("version", flat=True))
    found = _choice(_versions().filter(definition__retired_at=None))
    return [v for v in found if v.id not in once or v.in_use]


def usable_version(version_id: str, where: str) -> DefinitionVersion:
    """Return a version for a new protocol. Raises `hub.not_found`, `cohorts.not_in_use`."""
    found = version_by_id(version_id)
    if not found.in_use:
        raise fail(NOT_IN_USE, found.words.zh, where)
    return found


def released_versions() -> list[DefinitionVersion]:
    """Return the versions that exploring may count, as `usable_versions` does."""
    rows = _versions().filter(definition__retired_at=None, decisions__state=VersionState.RELEASED)
    return [v for v in _choice(rows.distinct()) if v.state is VersionState.RELEASED]


def _choice(rows: Versions) -> list[DefinitionVersion]:
    latest = list(rows.order_by("-made_at", "-id")[:MOST_CHOICES])
    return sorted(latest, key=lambda v: (v.definition.name_zh, v.definition_id, -v.number))


def newest_released(definitions: Iterable[str]) -> dict[str, int]:
    """Return the newest version that exploring may count, of each definition that has one."""
    rows = DefinitionVersion.objects.filter(definition__in=set(definitions))
    rows = rows.filter(decisions__state=VersionState.RELEASED).distinct().order_by("number")
    return {v.definition_id: v.number for v in rows if v.state is VersionState.RELEASED}


def proposed_versions() -> list[DefinitionVersion]:
    """Return the versions that wait for their release."""
    rows = _versions().filter(definition__retired_at=None, decisions__state=VersionState.PROPOSED)
    found = rows.order_by("made_at").distinct()[:200]
    return [v for v in found if v.state is VersionState.PROPOSED]


def versions_with_digests(digests: Iterable[str]) -> dict[str, DefinitionVersion]:
    """Return the version of each digest that is known here: of equal ones the first kept."""
    rows = _versions().filter(digest__in=set(digests)).order_by("-made_at", "-id")
    return {v.digest: v for v in rows}


def versions_used(protocol: StudyProtocol) -> list[DefinitionVersion]:
    """Return the versions whose very content a protocol holds, in its order."""
    arms = (arm for a in protocol.analyses for arm in getattr(a.spec.source, "arms", ()))
    held = [arm.population for arm in arms if hasattr(arm, "population")]
    digests = list(dict.fromkeys(digest(p) for p in held))
    known = versions_with_digests(digests)
    return [known[d] for d in digests if d in known]


def difference(before: DefinitionVersion, after: DefinitionVersion, language: str) -> list[Line]:
    """Return what two versions differ in, line by line, in the reader's words."""
    old, new = (
        words_of(v.population).in_(language).split("\n")[1:]  # the first line is the name
        for v in (before, after)
    )
    return changed_lines(old, new)


def changed_lines(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Return what two texts differ in; of long ones which lines came and went, in linear time.

    `difflib` looks for the likest of all changed lines: its time grows with their cube.
    """
    if max(len(old), len(new)) > MOST_ALIGNED or max(map(len, (*old, *new)), default=0) > 2_000:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        return [Line(m, x) for m, held in (("del", gone), ("ins", come)) for x in held.elements()]
    marks = {"- ": "del", "+ ": "ins", "  ": ""}
    lines = difflib.Differ().compare(old, new)
    return [Line(marks[x[:2]], x[2:]) for x in lines if x[:2] in marks]


def drafts_of(actor: Actor) -> QuerySet[BuilderDraft]:
    """Return a person's own drafts, the latest first."""
    return BuilderDraft.objects.filter(user=actor.id).select_related("definition")


def draft(actor: Actor, draft_id: str) -> BuilderDraft:
    """Return one of the actor's drafts. Raises `hub.not_found`."""
    found = drafts_of(actor).filter(pk=draft_id).first()
    if found is None:
        raise fail(NOT_FOUND, draft_id, "draft")
    return found


def _versions() -> Versions:
    return DefinitionVersion.objects.select_related("definition__organisation", "author")
