"""The JSON API of this desk: keep, list and read cohort definitions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from ninja import Router

from qundao.hub.cohorts import actions, queries
from qundao.hub.cohorts.models import DefinitionVersion
from qundao.hub.cohorts.reading import Uploaded, check_bytes, read_upload
from qundao.hub.cohorts.schemas import (
    DecisionIn,
    DefinitionIn,
    RetireIn,
    VersionIn,
    VersionOut,
    VersionWholeOut,
)
from qundao.hub.cohorts.shown import circe_text, view_of
from qundao.hub.common.api import CREATED, Created, actor_of, created
from qundao.hub.common.errors import language
from qundao.hub.common.pagination import paginate
from qundao.hub.common.schemas import PageOf
from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem
from qundao.kernel.words import Words
from qundao.query.words import words

router = Router()


@router.post("/", response=CREATED, summary="Keep a cohort definition")
def define(request: HttpRequest, body: DefinitionIn) -> Created:
    """Keep a new definition with its first version."""
    name = Words(body.name_zh or body.name_en or "–", body.name_en or body.name_zh or "–")
    read = _read(body.definition, name.zh)
    version = actions.define_cohort(
        actor=actor_of(request),
        name=name,
        population=read.population,
        circe=read.circe,
        note=body.note,
    )
    return created(whole(request, version))


@router.get("/", response=PageOf[VersionOut], summary="Cohort definitions")
def list_definitions(
    request: HttpRequest,  # noqa: ARG001
    q: str = "",
    page: int = 1,
) -> dict[str, Any]:
    """Return one page of definitions in use, by their newest versions."""
    return paginate(queries.newest_versions(q), page).to_json(brief)


@router.get("/{cohort}", response=VersionWholeOut, summary="The newest version of a definition")
def newest(request: HttpRequest, cohort: str) -> dict[str, Any]:
    """Return the newest version."""
    return whole(request, queries.version(cohort))


@router.get("/{cohort}/{int:number}", response=VersionWholeOut, summary="One version")
def version(request: HttpRequest, cohort: str, number: int) -> dict[str, Any]:
    """Return one version."""
    return whole(request, queries.version(cohort, number))


@router.get(
    "/{cohort}/{int:number}/circe", response=dict[str, Any], summary="A version as Circe JSON"
)
def circe(request: HttpRequest, cohort: str, number: int) -> dict[str, Any]:  # noqa: ARG001
    """Return a version as Circe JSON: as uploaded, else written."""
    found: dict[str, Any] = json.loads(circe_text(queries.version(cohort, number)))
    return found


@router.post("/{cohort}/versions", response=CREATED, summary="Add a version")
def add_version(request: HttpRequest, cohort: str, body: VersionIn) -> Created:
    """Add a version; content equal to the newest version's is that version."""
    definition = queries.definition(cohort)
    read = _read(body.definition, definition.name_zh)
    made = actions.add_version(
        actor=actor_of(request),
        definition=definition,
        population=read.population,
        circe=read.circe,
        note=body.note,
    )
    return created(whole(request, queries.version_by_id(made.id)))


@router.post("/{cohort}/retire", response=VersionWholeOut, summary="Retire a definition")
def retire(request: HttpRequest, cohort: str, body: RetireIn) -> dict[str, Any]:
    """Take a definition out of use."""
    definition = queries.definition(cohort)
    actions.retire_cohort(actor=actor_of(request), definition=definition, reason=body.reason)
    return whole(request, queries.version(cohort))


@router.post(
    "/{cohort}/{int:number}/propose", response=VersionWholeOut, summary="Ask for a release"
)
def propose(request: HttpRequest, cohort: str, number: int) -> dict[str, Any]:
    """Ask a reviewer to release a version to exploring."""
    found = queries.version(cohort, number)
    actions.propose_version(actor=actor_of(request), version=found)
    return whole(request, found)


@router.post(
    "/{cohort}/{int:number}/decision", response=VersionWholeOut, summary="Decide a release"
)
def decide(request: HttpRequest, cohort: str, number: int, body: DecisionIn) -> dict[str, Any]:
    """Release a version to exploring, or return it."""
    found = queries.version(cohort, number)
    actions.decide_version(
        actor=actor_of(request), version=found, release=body.release, reason=body.reason
    )
    return whole(request, found)


@router.post(
    "/{cohort}/{int:number}/withdraw", response=VersionWholeOut, summary="Withdraw a release"
)
def withdraw(request: HttpRequest, cohort: str, number: int, body: RetireIn) -> dict[str, Any]:
    """Take a version's release back: it enters no new count and no new protocol."""
    found = queries.version(cohort, number)
    actions.withdraw_release(actor=actor_of(request), version=found, reason=body.reason)
    return whole(request, found)


def brief(version: DefinitionVersion) -> dict[str, Any]:
    """Return a version as it stands in a list."""
    held = version.definition
    return {
        "id": version.id,
        "cohort": held.id,
        "number": version.number,
        "name": _words(held.words),
        "member": held.organisation_id,
        "state": version.state.value,
        "digest": version.digest,
        "made_at": stamp(version.made_at),
        "retired": held.retired_at is not None,
    }


def whole(request: HttpRequest, version: DefinitionVersion) -> dict[str, Any]:
    """Return a version with its content and its words."""
    population = version.population
    view = view_of(population)
    return {
        **brief(version),
        "definition": version.content,
        "words": _words(words(population)),
        "note": version.note,
        "warnings": _told(view.warnings, language(request)),
        "too_fine": _told(view.too_fine, language(request)),
        "versions": [v.number for v in queries.versions_of(version.definition)],
    }


def _read(definition: dict[str, Any], name: str) -> Uploaded:
    """Read what was sent; halves of characters stay what they are, and are refused in reading."""
    text = json.dumps(definition, ensure_ascii=False)
    return read_upload(check_bytes(text.encode("utf-8", "surrogatepass")), name)


def _told(problems: Iterable[Problem], reader: str) -> list[dict[str, str]]:
    return [dict(p.text(reader)) for p in problems]


def _words(text: Words) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
