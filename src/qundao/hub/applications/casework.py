"""One application under the rules: who is who, what state follows, what is written down."""

from __future__ import annotations

from collections.abc import Iterable

from qundao.access.permissions import Act
from qundao.access.policies import Case, Person, require
from qundao.access.reviews import complete, needed
from qundao.access.states import State, move
from qundao.hub.applications.models import Application, Entry
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.members.models import User


def person(actor: Actor) -> Person:
    """Return an actor as the rules know people."""
    return Person(actor.id, actor.organisation, actor.roles)


def locked(application: Application) -> Application:
    """Return the application with its row locked until the transaction ends."""
    return Application.objects.select_for_update().get(pk=application.pk)


def case_of(application: Application) -> Case:
    """Return what the rules need to know of an application."""
    assignments = list(
        application.assignments.filter(round=application.round).select_related("vote")
    )
    active = [a for a in assignments if not a.recused_at]
    votes = [a.vote.review for a in active if hasattr(a, "vote")]
    return Case(
        state=State(application.state),
        applicant=application.applicant_id,
        member=application.organisation_id,
        researchers=frozenset(u.id for u in researchers(application)),
        contributors=frozenset(contributors(application)),
        reviewers=frozenset(a.reviewer_id for a in assignments),
        recused=frozenset(a.reviewer_id for a in assignments if a.recused_at),
        voted=frozenset(a.reviewer_id for a in assignments if hasattr(a, "vote")),
        settled=State(application.state) is State.IN_REVIEW and complete(votes, len(active)),
        needed=needed(votes, len(active)),
    )


def researchers(application: Application) -> list[User]:
    """Return the users of the applicant's organisation whom the application names."""
    names = [str(n).casefold() for n in _texts(application.draft.get("researchers"))]
    return list(
        User.objects.filter(
            organisation_id=application.organisation_id, username__in=names, is_active=True
        )
    )


def contributors(application: Application) -> set[str]:
    """Return the ids of the organisations whose datasets are asked for."""
    from qundao.hub.catalogue.queries import versions_named

    asked = versions_named(_texts(application.draft.get("datasets")))
    return {v.dataset.organisation_id for v in asked}


def active_reviewers(application: Application) -> int:
    """Return how many reviewers of this round have not recused."""
    held = application.assignments.filter(round=application.round, recused_at=None)
    return held.count()


def allow(act: Act, actor: Actor, application: Application) -> None:
    """Raise every reason why the actor may not do this now; nodes and the hub pass."""
    if actor.kind == "user":
        require(act, person(actor), case_of(application))


def advance(
    application: Application, act: Act, actor: Actor, *, to: State | None = None, reason: str = ""
) -> None:
    """Move the application on and write the step down. Raises `access.wrong_state`."""
    application.state = move(act, State(application.state), to)
    application.save()
    Entry.objects.create(
        application=application, state=application.state, at=now(), by=actor.id, reason=reason
    )


def _texts(value: object) -> Iterable[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else []
