"""Reads: which applications somebody may see, in what stage, with what evidence and votes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from qundao.access.agreement import AgreementParty, PartyRole
from qundao.access.clauses import Clause, clauses
from qundao.access.handling import Due, Stage, due, timeline
from qundao.access.handling import Entry as HandlingEntry
from qundao.access.permissions import Act
from qundao.access.policies import may
from qundao.access.reviews import Review, visible
from qundao.access.states import State
from qundao.hub.applications.actions.reviewing import reviews_of
from qundao.hub.applications.calendars import calendar
from qundao.hub.applications.casework import case_of, person
from qundao.hub.applications.models import (
    Agreement,
    Application,
    Assignment,
    Countersigning,
    Permit,
    Signed,
)
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.members.models import User
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

_DECIDED = frozenset(State) - {State.DRAFT, State.SUBMITTED, State.SCREENING, State.IN_REVIEW}


@dataclass(frozen=True, slots=True)
class ReviewBoard:
    """What a reader sees of a round: who is assigned, how many votes are in, and which votes."""

    assignments: tuple[Assignment, ...]
    votes_in: int
    reviews: tuple[Review, ...]


def applications_for(actor: Actor) -> QuerySet[Application]:
    """Return the applications that an actor may see, newest first.

    Coarse in SQL; `may_read` holds the rule for each one.
    """
    rows = Application.objects.select_related("organisation", "applicant")
    mine = Q(applicant_id=actor.id)
    if actor.has(Role.OPERATOR, Role.AUDITOR):
        return rows.filter(mine | ~Q(state=State.DRAFT))
    seen = mine | (Q(assignments__reviewer_id=actor.id) & ~Q(state=State.DRAFT))
    if actor.organisation and actor.has(Role.STEWARD, Role.RESEARCHER):
        seen |= Q(organisation_id=actor.organisation) & ~Q(state=State.DRAFT)
    if actor.organisation and actor.has(Role.STEWARD):
        seen |= Q(permit__countersignings__node__organisation_id=actor.organisation)
    return rows.filter(seen).distinct()


def application_for(actor: Actor, application_id: str) -> Application:
    """Return one application. Raises `hub.not_found` also where the actor may not read it."""
    rows = Application.objects.select_related("organisation", "applicant")
    found = rows.filter(pk=application_id).first()
    if found is None or not may(Act.APPLICATION_READ, person(actor), case_of(found)):
        raise fail(NOT_FOUND, application_id, "application")
    return found


def possible_acts(actor: Actor, application: Application) -> tuple[Act, ...]:
    """Return what this actor may do with the application now, for buttons."""
    case, somebody = case_of(application), person(actor)
    return tuple(act for act in Act if may(act, somebody, case))


def history_of(application: Application) -> tuple[HandlingEntry, ...]:
    """Return the steps of an application in order."""
    rows = application.history.order_by("id")
    return tuple(HandlingEntry(State(r.state), r.at, r.by, r.reason) for r in rows)


def stages_of(application: Application) -> tuple[Stage, ...]:
    """Return the timeline with working days per stage."""
    return timeline(history_of(application), now(), calendar())


def due_of(application: Application) -> Due | None:
    """Return when the present stage should end, or None where no limit is set."""
    return due(history_of(application)[-1], now(), calendar())


def board_for(actor: Actor, application: Application) -> ReviewBoard:
    """Return the reviewing as this actor may see it: blinded until the round is decided."""
    held = application.assignments.filter(round=application.round).select_related("reviewer")
    reviews = reviews_of(application)
    decided = State(application.state) in _DECIDED
    if not actor.has(Role.OPERATOR, Role.AUDITOR, Role.REVIEWER) and not decided:
        return ReviewBoard((), len(reviews), ())
    active = sum(a.recused_at is None for a in held)
    seen = visible(reviews, actor.id, decided=decided, assigned=active)
    return ReviewBoard(tuple(held), len(reviews), seen)


def reviews_waiting(actor: Actor) -> QuerySet[Application]:
    """Return the applications on which this reviewer has still to vote, oldest first."""
    mine = Assignment.objects.filter(reviewer_id=actor.id, recused_at=None, vote__isnull=True)
    open_ = mine.filter(round=F("application__round"))
    rows = Application.objects.filter(state=State.IN_REVIEW, assignments__in=open_)
    return rows.distinct().order_by("submitted_at", "id")


def permits_for(actor: Actor) -> QuerySet[Permit]:
    """Return the permits that an actor may see: of the own applications or over the own data."""
    rows = Permit.objects.select_related("application__organisation")
    if actor.has(Role.OPERATOR, Role.AUDITOR):
        return rows
    mine = Q(application__organisation_id=actor.organisation or "-")
    theirs = Q(countersignings__node__organisation_id=actor.organisation or "-")
    return rows.filter(mine | theirs).distinct()


def permit_for(actor: Actor, permit_id: str) -> Permit:
    """Return one permit. Raises `hub.not_found` also where the actor may not see it."""
    found = permits_for(actor).filter(pk=permit_id).first()
    if found is None:
        raise fail(NOT_FOUND, permit_id, "permit")
    return found


def permit_status(permit: Permit) -> list[dict[str, Any]]:
    """Return who has countersigned, who has not, in the order of the roster."""
    held = permit.countersignings.select_related("node__organisation")
    return [
        {
            "node": c.node_id,
            "member": c.node.organisation_id,
            "state": c.state,
            "steward": c.steward,
            "document": c.document,
            "at": c.at,
            "reason": c.reason,
        }
        for c in held
    ]


def precedents(application: Application) -> QuerySet[Application]:
    """Return decided applications for the same kind of use, newest first: what was done before."""
    decided = Application.objects.filter(
        draft__purpose=application.draft.get("purpose"), state__in=_DECIDED - {State.RETURNED}
    )
    return decided.exclude(pk=application.pk).select_related("organisation")[:5]


@dataclass(frozen=True, slots=True)
class PartyStanding:
    """A party of an agreement, and whether it has signed or (contributors) accepted it.

    A contributor accepts by countersigning, on each of its nodes, the permit that names the
    agreement's digest.
    """

    party: AgreementParty
    signer: str
    document: str
    at: datetime | None


def parties_of(agreement: Agreement) -> tuple[PartyStanding, ...]:
    """Return the parties in order, with who signed for each of them, and when."""
    signed = {(s.role, s.member): s for s in agreement.signatures.select_related("signer")}
    accepted = _acceptances(agreement.application)
    return tuple(
        _standing(p, signed.get((p.role, p.member)), accepted.get(p.member))
        for p in agreement.text.parties
    )


def _standing(
    party: AgreementParty, signed: Signed | None, accepted: Countersigning | None
) -> PartyStanding:
    if signed:
        return PartyStanding(party, str(signed.signer), "", signed.at)
    if accepted and party.role is PartyRole.CONTRIBUTOR:
        return PartyStanding(party, accepted.steward, accepted.document, accepted.at)
    return PartyStanding(party, "", "", None)


def _acceptances(application: Application) -> dict[str, Countersigning]:
    """Return, by member, the last countersignature of those whose every node has signed."""
    rows = Countersigning.objects.filter(permit__application=application).select_related("node")
    held: dict[str, list[Countersigning]] = {}
    for row in rows.order_by("at", "id"):
        held.setdefault(row.node.organisation_id, []).append(row)
    return {
        member: signed[-1]
        for member, signed in held.items()
        if all(c.state == Countersigning.State.SIGNED for c in signed)
    }


def clauses_of(agreement: Agreement) -> tuple[Clause, ...]:
    """Return the agreement's clauses, with the researchers' names."""
    text = agreement.text
    people = User.objects.in_bulk(text.researchers).values()
    return clauses(text, {u.id: f"{u.display_name}（{u.username}）" for u in people})
