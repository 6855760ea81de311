"""The pages of this desk: lists, one application with its timeline, the agreement, reviews."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.access.permissions import Act
from qundao.access.reviews import QUORUM, Vote, outcome
from qundao.access.states import State
from qundao.hub.applications import actions, queries
from qundao.hub.applications.actions.reviewing import reviews_of
from qundao.hub.applications.evidence import evidence_of, matches_of
from qundao.hub.applications.models import Application
from qundao.hub.applications.shown import (
    clock_words,
    evidence,
    stages,
    summary,
    tone_of,
    work_item,
)
from qundao.hub.codes import BAD_INPUT, NOT_FOUND
from qundao.hub.common.pagination import paginate
from qundao.hub.members.models import User
from qundao.hub.members.queries import users_in_role
from qundao.hub.pages.names import names_of
from qundao.hub.pages.view import actor_of, attempt, for_roles, show
from qundao.kernel.errors import Problem, fail
from qundao.kernel.roles import Role
from qundao.study import protocol_from_json

READERS = (Role.RESEARCHER, Role.STEWARD, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)


@for_roles(*READERS)
def applications(request: HttpRequest) -> HttpResponseBase:
    """List the applications that the reader may see, newest first."""
    actor = actor_of(request)
    page = paginate(queries.applications_for(actor), request.GET.get("page"))
    items = [work_item(a) for a in page.items]
    return show(request, "applications/applications.html", page=page, items=items)


@for_roles(Role.REVIEWER)
def reviews(request: HttpRequest) -> HttpResponseBase:
    """Show a reviewer what waits for their vote, with the working days left."""
    waiting = queries.reviews_waiting(actor_of(request)).select_related("organisation")
    return show(request, "applications/reviews.html", items=[work_item(a) for a in waiting])


@for_roles(*READERS)
def application(request: HttpRequest, application_id: str) -> HttpResponseBase:
    """Show one application: stage, timeline, evidence, plan, and what the reader may do now."""
    return _application(request, queries.application_for(actor_of(request), application_id))


def _application(
    request: HttpRequest, found: Application, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    actor, state = actor_of(request), State(found.state)
    acts = queries.possible_acts(actor, found)
    board = queries.board_for(actor, found)
    protocol, _problems = attempt(lambda: protocol_from_json(found.protocol or {}))
    return show(
        request,
        "applications/application.html",
        problems,
        application=found,
        state=state,
        tone=tone_of(state),
        turn=None
        if state is State.ACTIVE
        else clock_words(queries.due_of(found), state.facts.turn),
        stages=stages(found),
        evidence=evidence(evidence_of(found)),
        matches=matches_of(found).items(),
        summary=summary(found),
        protocol=protocol,
        acts={a.value.replace(".", "_") for a in acts},
        board=board,
        names=names_of(r.reviewer for r in board.reviews),
        quorum=QUORUM,
        agreement=getattr(found, "agreement", None),
        permit=getattr(found, "permit", None),
        form=request.POST,
        **_choices(acts, found),
    )


def _choices(acts: tuple[Act, ...], found: Application) -> dict[str, Any]:
    """Return what forms on the page offer; only for the acts that are possible now."""
    chosen: dict[str, Any] = {}
    if Act.REVIEW_VOTE in acts:
        chosen["votes"] = [(v.value, v.words) for v in Vote]
        chosen["precedents"] = queries.precedents(found)
    if Act.APPLICATION_ASSIGN in acts:
        free = users_in_role(Role.REVIEWER).exclude(organisation_id=found.organisation_id)
        chosen["reviewers"] = [(u.id, str(u)) for u in free]
    if Act.APPLICATION_DECIDE in acts:
        chosen["outcome"] = outcome(reviews_of(found))
    return chosen


@for_roles(*READERS)
@require_POST
def act(request: HttpRequest, application_id: str, name: str) -> HttpResponseBase:
    """Do one thing to an application; on defects the page comes back with all of them."""
    found = queries.application_for(actor_of(request), application_id)
    if name not in _ACTS:
        raise fail(NOT_FOUND, name, "act")
    _done, problems = attempt(lambda: _ACTS[name](request, found))
    if problems:
        return _application(request, queries.application_for(actor_of(request), found.id), problems)
    messages.success(request, _("已办理。"))
    return redirect("application", found.id)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()


def _vote(request: HttpRequest, found: Application) -> object:
    vote = request.POST.get("vote", "")
    if vote not in set(Vote):
        required = " / ".join(f"{v.words.zh} {v.words.en}" for v in Vote)
        raise fail(BAD_INPUT, vote, "vote", required=required)
    lines = request.POST.get("conditions", "").splitlines()
    return actions.cast_vote(
        actor=actor_of(request),
        application=found,
        vote=Vote(vote),
        reasons=request.POST.get("reasons", "").strip(),
        conditions=[line.strip() for line in lines if line.strip()],
    )


def _assign(request: HttpRequest, found: Application) -> object:
    chosen = list(User.objects.filter(pk__in=request.POST.getlist("reviewers")))
    return actions.assign_reviewers(actor=actor_of(request), application=found, reviewers=chosen)


def _sign(request: HttpRequest, found: Application) -> object:
    return actions.sign_agreement(
        actor=actor_of(request),
        agreement=found.agreement,
        digest=request.POST.get("digest", ""),
    )


_ACTS: dict[str, Callable[[HttpRequest, Application], object]] = {
    "withdraw": lambda r, a: actions.withdraw_application(
        actor=actor_of(r), application=a, reason=_reason(r)
    ),
    "screen": lambda r, a: actions.screen_application(actor=actor_of(r), application=a),
    "return": lambda r, a: actions.return_application(
        actor=actor_of(r), application=a, reason=_reason(r)
    ),
    "assign": _assign,
    "vote": _vote,
    "recuse": lambda r, a: actions.recuse_reviewer(
        actor=actor_of(r), application=a, reason=_reason(r)
    ),
    "decide": lambda r, a: actions.decide_application(actor=actor_of(r), application=a),
    "draw-up": lambda r, a: actions.draw_up_agreement(actor=actor_of(r), application=a),
    "sign": _sign,
    "issue": lambda r, a: actions.issue_permit(actor=actor_of(r), application=a),
    "revoke": lambda r, a: actions.revoke_permit(
        actor=actor_of(r), permit=a.permit, reason=_reason(r)
    ),
    "close": lambda r, a: actions.close_application(actor=actor_of(r), application=a),
}


@for_roles(*READERS)
def agreement(request: HttpRequest, application_id: str) -> HttpResponseBase:
    """Show the agreement's clauses, its price and who has signed."""
    found = queries.application_for(actor_of(request), application_id)
    held = getattr(found, "agreement", None)
    if held is None:
        raise fail(NOT_FOUND, application_id, "agreement")
    return show(
        request,
        "applications/agreement.html",
        application=found,
        agreement=held,
        clauses=queries.clauses_of(held),
        signatures=held.signatures.select_related("signer"),
        can_sign=Act.AGREEMENT_SIGN in queries.possible_acts(actor_of(request), found),
    )
