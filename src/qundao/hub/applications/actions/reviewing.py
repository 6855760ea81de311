"""Screening, assignment, blinded votes, decision."""

from __future__ import annotations

from collections.abc import Sequence

from qundao.access.permissions import PERMISSIONS, Act
from qundao.access.policies import Person, reviewer_problems
from qundao.access.reviews import Review, Vote, require_outcome
from qundao.access.states import State
from qundao.hub.applications.casework import active_reviewers, advance, allow, case_of, locked
from qundao.hub.applications.codes import REVOKE_REASON
from qundao.hub.applications.evidence import require_evidence
from qundao.hub.applications.models import Application, Assignment, Voted
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.members.models import User
from qundao.kernel.errors import fail, raise_if


@action(*PERMISSIONS[Act.APPLICATION_SCREEN])
def screen_application(*, actor: Actor, application: Application) -> Done[Application]:
    """Take an application up: completeness and form are being looked at."""
    application = locked(application)
    allow(Act.APPLICATION_SCREEN, actor, application)
    advance(application, Act.APPLICATION_SCREEN, actor)
    return done(application, "application.screened", application.id)


@action(*PERMISSIONS[Act.APPLICATION_RETURN])
def return_application(*, actor: Actor, application: Application, reason: str) -> Done[Application]:
    """Send an application back for correction; the clock of the platform stops."""
    application = locked(application)
    allow(Act.APPLICATION_RETURN, actor, application)
    if not reason.strip():
        raise fail(REVOKE_REASON, "", "reason")
    advance(application, Act.APPLICATION_RETURN, actor, reason=reason)
    return done(application, "application.returned", application.id, reason=reason)


@action(*PERMISSIONS[Act.APPLICATION_ASSIGN])
def assign_reviewers(
    *, actor: Actor, application: Application, reviewers: Sequence[User]
) -> Done[Application]:
    """Assign reviewers: the first time opens a round, later ones join it.

    Raises why somebody cannot review (role, or an interest of their own), and for the first
    round `access.evidence_missing` where a lack blocks.
    """
    application = locked(application)
    allow(Act.APPLICATION_ASSIGN, actor, application)
    if application.state == State.SCREENING:
        require_evidence(application)
    case = case_of(application)
    raise_if(p for u in reviewers for p in reviewer_problems(_as_person(u), case))
    if application.state == State.SCREENING:
        application.round += 1
    for user in reviewers:
        Assignment.objects.get_or_create(
            application=application, reviewer=user, round=application.round
        )
    advance(application, Act.APPLICATION_ASSIGN, actor)
    ids = sorted(u.id for u in reviewers)
    return done(application, "application.assigned", application.id, reviewers=ids)


@action(*PERMISSIONS[Act.REVIEW_VOTE])
def cast_vote(
    *,
    actor: Actor,
    application: Application,
    vote: Vote,
    reasons: str,
    conditions: Sequence[str] = (),
) -> Done[Application]:
    """Vote without seeing the others' votes. Raises `access.bad_review` and the policy's reasons.

    The event says that somebody voted, not how: the log must not unblind a round.
    """
    application = locked(application)
    allow(Act.REVIEW_VOTE, actor, application)
    review = Review(actor.id, vote, reasons, tuple(conditions), now())
    Voted.objects.create(
        assignment=_assignment(application, actor),
        vote=review.vote,
        reasons=review.reasons,
        conditions=list(review.conditions),
        at=review.at,
    )
    return done(application, "application.reviewed", application.id, round=application.round)


@action(*PERMISSIONS[Act.REVIEW_RECUSE])
def recuse_reviewer(*, actor: Actor, application: Application, reason: str) -> Done[Application]:
    """Step back from a review; the operator assigns somebody else."""
    application = locked(application)
    allow(Act.REVIEW_RECUSE, actor, application)
    if not reason.strip():
        raise fail(REVOKE_REASON, "", "reason")
    held = _assignment(application, actor)
    held.recused_at, held.recusal_reason = now(), reason
    held.save(update_fields=["recused_at", "recusal_reason"])
    return done(application, "application.recused", application.id, round=application.round)


@action(*PERMISSIONS[Act.APPLICATION_DECIDE])
def decide_application(*, actor: Actor, application: Application) -> Done[Application]:
    """Carry out what the votes amount to. Raises `access.reviews_missing`."""
    application = locked(application)
    allow(Act.APPLICATION_DECIDE, actor, application)
    outcome = require_outcome(reviews_of(application), active_reviewers(application))
    application.conditions = list(outcome.conditions)
    reason = "\n".join((outcome.rule, *outcome.conditions))
    advance(application, Act.APPLICATION_DECIDE, actor, to=outcome.state, reason=reason)
    state = outcome.state.value
    return done(application, "application.decided", application.id, outcome=state)


def reviews_of(application: Application) -> list[Review]:
    """Return the votes of the present round, of reviewers who did not recuse."""
    rows = Voted.objects.filter(
        assignment__application=application,
        assignment__round=application.round,
        assignment__recused_at=None,
    ).select_related("assignment")
    return [row.review for row in rows.order_by("id")]


def _assignment(application: Application, actor: Actor) -> Assignment:
    return Assignment.objects.get(
        application=application, round=application.round, reviewer_id=actor.id
    )


def _as_person(user: User) -> Person:
    return Person(user.id, user.organisation_id or "", user.roles)
