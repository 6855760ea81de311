"""The JSON API of this desk: the way from a draft to a permit."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from qundao.hub.applications import actions, queries
from qundao.hub.applications.api_office import router as office
from qundao.hub.applications.as_json import agreement_json, application_json, permit_json
from qundao.hub.applications.models import Agreement, Application
from qundao.hub.applications.schemas import (
    AgreementOut,
    ApplicationOut,
    DraftIn,
    PermitOut,
    ReasonIn,
    ReviewersIn,
    SignIn,
    VoteIn,
)
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.common.schemas import Listed, PageOf
from qundao.hub.members.queries import user_named
from qundao.kernel.errors import fail

router = Router()
router.add_router("/office", office)


@router.post("/", summary="Draft an application", response={201: ApplicationOut})
def draft(request: HttpRequest, body: DraftIn) -> Status[dict[str, Any]]:
    """Start an application; it may be incomplete."""
    actor = actor_of(request)
    made = actions.draft_application(actor=actor, draft=body.draft or {})
    if body.protocol or body.study_kind:
        made = actions.save_draft(
            actor=actor, application=made, protocol=body.protocol, study_kind=body.study_kind
        )
    return Status(201, application_json(actor_of(request), made))


@router.get("/", response=PageOf[Listed], summary="The applications that I may see")
def list_applications(request: HttpRequest, page: int = 1) -> dict[str, Any]:
    """Return one page, newest first."""
    rows = paginate(queries.applications_for(actor_of(request)), page)
    return rows.to_json(lambda a: {"id": a.id, "title": a.title, "state": a.state})


@router.get("/reviews", response=PageOf[Listed], summary="The applications that wait for my vote")
def waiting(request: HttpRequest, page: int = 1) -> dict[str, Any]:
    """Return one page, oldest first."""
    rows = paginate(queries.reviews_waiting(actor_of(request)), page)
    return rows.to_json(lambda a: {"id": a.id, "title": a.title, "state": a.state})


@router.get("/permits/{permit_id}", response=PermitOut, summary="One permit")
def permit(request: HttpRequest, permit_id: str) -> dict[str, Any]:
    """Return a permit."""
    return permit_json(queries.permit_for(actor_of(request), permit_id))


@router.post("/permits/{permit_id}/revoke", response=PermitOut, summary="Revoke a permit")
def revoke(request: HttpRequest, permit_id: str, body: ReasonIn) -> dict[str, Any]:
    """Revoke a permit; every node is told."""
    actor = actor_of(request)
    found = queries.permit_for(actor, permit_id)
    return permit_json(actions.revoke_permit(actor=actor, permit=found, reason=body.reason))


@router.get("/{application_id}", response=ApplicationOut, summary="One application")
def get(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Return an application as this reader may see it."""
    return application_json(actor_of(request), _application(request, application_id))


@router.patch("/{application_id}", response=ApplicationOut, summary="Save a draft")
def save(request: HttpRequest, application_id: str, body: DraftIn) -> dict[str, Any]:
    """Save what has been typed; nothing is checked until it is submitted."""
    found = actions.save_draft(
        actor=actor_of(request),
        application=_application(request, application_id),
        draft=body.draft,
        protocol=body.protocol,
        study_kind=body.study_kind,
    )
    return application_json(actor_of(request), found)


@router.post("/{application_id}/submit", response=ApplicationOut, summary="Submit")
def submit(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Submit; a refusal lists every defect with its place."""
    found = _application(request, application_id)
    done = actions.submit_application(actor=actor_of(request), application=found)
    return application_json(actor_of(request), done)


@router.post("/{application_id}/withdraw", response=ApplicationOut, summary="Withdraw")
def withdraw(request: HttpRequest, application_id: str, body: ReasonIn) -> dict[str, Any]:
    """Take an application back."""
    found = _application(request, application_id)
    done = actions.withdraw_application(
        actor=actor_of(request), application=found, reason=body.reason
    )
    return application_json(actor_of(request), done)


@router.post("/{application_id}/screen", response=ApplicationOut, summary="Take up")
def screen(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Take an application up for screening."""
    found = _application(request, application_id)
    done = actions.screen_application(actor=actor_of(request), application=found)
    return application_json(actor_of(request), done)


@router.post("/{application_id}/return", response=ApplicationOut, summary="Return for correction")
def send_back(request: HttpRequest, application_id: str, body: ReasonIn) -> dict[str, Any]:
    """Return an application for correction."""
    found = _application(request, application_id)
    done = actions.return_application(
        actor=actor_of(request), application=found, reason=body.reason
    )
    return application_json(actor_of(request), done)


@router.post("/{application_id}/reviewers", response=ApplicationOut, summary="Assign reviewers")
def assign(request: HttpRequest, application_id: str, body: ReviewersIn) -> dict[str, Any]:
    """Assign reviewers by user name."""
    found = _application(request, application_id)
    people = [user_named(name) for name in body.reviewers]
    done = actions.assign_reviewers(actor=actor_of(request), application=found, reviewers=people)
    return application_json(actor_of(request), done)


@router.post("/{application_id}/votes", response=ApplicationOut, summary="Vote")
def vote(request: HttpRequest, application_id: str, body: VoteIn) -> dict[str, Any]:
    """Vote, without seeing the others' votes."""
    found = _application(request, application_id)
    done = actions.cast_vote(
        actor=actor_of(request),
        application=found,
        vote=body.vote,
        reasons=body.reasons,
        conditions=body.conditions,
    )
    return application_json(actor_of(request), done)


@router.post("/{application_id}/recuse", response=ApplicationOut, summary="Recuse oneself")
def recuse(request: HttpRequest, application_id: str, body: ReasonIn) -> dict[str, Any]:
    """Step back from a review."""
    found = _application(request, application_id)
    done = actions.recuse_reviewer(actor=actor_of(request), application=found, reason=body.reason)
    return application_json(actor_of(request), done)


@router.post("/{application_id}/decision", response=ApplicationOut, summary="Decide by the votes")
def decide(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Carry out what the votes amount to."""
    found = _application(request, application_id)
    done = actions.decide_application(actor=actor_of(request), application=found)
    return application_json(actor_of(request), done)


@router.post("/{application_id}/agreement", response=AgreementOut, summary="Draw up the agreement")
def draw_up(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Draw up the agreement from the datasets' own terms."""
    found = _application(request, application_id)
    return agreement_json(actions.draw_up_agreement(actor=actor_of(request), application=found))


@router.get("/{application_id}/agreement", response=AgreementOut, summary="The agreement")
def agreement(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Return the agreement with its clauses in both languages."""
    return agreement_json(_agreement(request, application_id))


@router.post("/{application_id}/agreement/sign", response=AgreementOut, summary="Sign")
def sign(request: HttpRequest, application_id: str, body: SignIn) -> dict[str, Any]:
    """Sign the text with this digest for one's party."""
    found = _agreement(request, application_id)
    return agreement_json(
        actions.sign_agreement(actor=actor_of(request), agreement=found, digest=body.digest)
    )


@router.post("/{application_id}/permit", response=PermitOut, summary="Issue the permit")
def issue(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Sign the permit and offer it to each node."""
    found = _application(request, application_id)
    return permit_json(actions.issue_permit(actor=actor_of(request), application=found))


@router.post("/{application_id}/close", response=ApplicationOut, summary="Close")
def close(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Close an application whose use has ended."""
    found = _application(request, application_id)
    done = actions.close_application(actor=actor_of(request), application=found)
    return application_json(actor_of(request), done)


def _application(request: HttpRequest, application_id: str) -> Application:
    return queries.application_for(actor_of(request), application_id)


def _agreement(request: HttpRequest, application_id: str) -> Agreement:
    found = Agreement.objects.filter(application=_application(request, application_id)).first()
    if found is None:
        raise fail(NOT_FOUND, application_id, "agreement")
    return found
