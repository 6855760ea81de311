"""Reads: a member's questions and what they add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet, Sum

from qundao.disclosure.budget import MICRO
from qundao.disclosure.explore import ExplorePolicy
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.explore.models import Probe, Question
from qundao.kernel.accession import Accession
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

POLICY = ExplorePolicy()
_SEES_ALL = (Role.OPERATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over the nodes that showed a count: records, not persons, until linkage exists.

    `margin`: the true sum lies within ± margin of `count` about 95 times in 100 (the noises are
    independent, so their margins add like the sides of a right angle).
    """

    count: int
    margin: int
    shown: int
    withheld: int
    refused: int
    waiting: int

    @property
    def none(self) -> bool:
        """Tell whether nobody is left to answer, and everybody refused."""
        return bool(self.refused) and not (self.shown or self.withheld or self.waiting)


def questions_for(actor: Actor) -> QuerySet[Question]:
    """Return the questions that an actor may see: those of the own member; operators see all."""
    rows = Question.objects.select_related("organisation", "asked_by", "cohort__definition")
    if actor.has(*_SEES_ALL):
        return rows
    return rows.filter(organisation_id=actor.organisation or "-")


def question_for(actor: Actor, question_id: str) -> Question:
    """Return one question. Raises `hub.not_found` also where the actor may not see it."""
    found = questions_for(actor).filter(pk=question_id).first()
    if found is None:
        raise fail(NOT_FOUND, question_id, "question")
    return found


def probes_of(question: Question) -> QuerySet[Probe]:
    """Return what each node answered, by accession."""
    return question.probes.select_related("node__organisation")


def total_of(question: Question) -> Total:
    """Return what the answers add up to so far."""
    probes = list(question.probes.all())
    answered = [p for p in probes if p.state == Probe.State.ANSWERED]
    shown = [p.count for p in answered if p.count is not None]
    return Total(
        count=sum(shown),
        margin=math.ceil(POLICY.margin * math.sqrt(len(shown))),
        shown=len(shown),
        withheld=len(answered) - len(shown),
        refused=sum(p.state == Probe.State.REFUSED for p in probes),
        waiting=sum(p.state == Probe.State.SENT for p in probes),
    )


def questions_left(actor: Actor, accession: str) -> int:
    """Return how many new questions the actor's member may ask of a dataset this year.

    The node keeps the account that counts; this is what its answers have reported so far, over
    all versions of the dataset.
    """
    dataset = Accession(Accession.parse(accession).dataset)
    probes = Probe.objects.filter(
        accession__startswith=f"{dataset}.",
        answered_at__gte=datetime(now().year, 1, 1, tzinfo=UTC),  # as the nodes count
        question__organisation_id=actor.organisation or "-",
    )
    spent = probes.aggregate(spent=Sum("spent"))["spent"] or 0.0
    return max(0, (POLICY.total - round(spent * MICRO)) // POLICY.price)


def questions_asked() -> int:
    """Return how many different questions members have asked, for the overview."""
    return Question.objects.count()
