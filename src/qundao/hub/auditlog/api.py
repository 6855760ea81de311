"""The JSON API of this desk: events, receipts, heads, the bundle."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from qundao.hub.auditlog import actions, queries
from qundao.hub.auditlog.heads import current_head
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actors import role_problem
from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.keys import hub_key
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role

router = Router()
_READERS = (Role.AUDITOR, Role.OPERATOR)


def require_reader(request: HttpRequest) -> None:
    """Raise `hub.forbidden` unless the reader may see the whole log."""
    actor = actor_of(request)
    if not actor.has(*_READERS):
        raise QundaoError(role_problem(actor, _READERS, "audit log"))


@router.get("/events", summary="Events, newest first")
def list_events(
    request: HttpRequest, subject: str = "", actor: str = "", action: str = "", page: int = 1
) -> dict[str, Any]:
    """Return one page of the events that fit."""
    require_reader(request)
    found = queries.events(subject=subject, actor=actor, action=action)
    return paginate(found, page).to_json(LoggedEvent.content)


@router.get("/events/{sequence}/receipt", summary="The receipt that proves one event")
def get_receipt(request: HttpRequest, sequence: int) -> dict[str, Any]:
    """Return the event with its proof and a signed head."""
    require_reader(request)
    return queries.receipt(sequence).to_json()


@router.get("/head", summary="A signed head over the whole log", auth=None)
def get_head(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Return the head and the key that signed it: anyone may keep it."""
    return {"head": current_head().to_json(), "key": hub_key().verify_key.text}


@router.get("/consistency", summary="Proof that the log only grew", auth=None)
def get_consistency(request: HttpRequest, first: int, second: int) -> dict[str, Any]:  # noqa: ARG001
    """Return the hashes that lead from the head at size `first` to that at `second`."""
    return {"proof": [step.hex() for step in queries.consistency(first, second)]}


@router.get("/bundle", summary="The whole log, as JSON lines")
def get_bundle(request: HttpRequest, purpose: str) -> StreamingHttpResponse:
    """Stream the bundle; the export itself is logged first."""
    actions.note_export(actor=actor_of(request), purpose=purpose)
    answer = StreamingHttpResponse(queries.bundle(), content_type="application/jsonl")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit-bundle.jsonl"'
    return answer
