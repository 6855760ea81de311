"""Writes: ask a banded question over nodes, take the nodes' noisy answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.explore.codes import NO_DATASET, NO_MEMBER, WRONG_PROBE
from qundao.hub.explore.models import Probe, Question
from qundao.hub.explore.targets import answering
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.handlers import handles
from qundao.hub.nodes.models import Node
from qundao.hub.nodes.outgoing import send
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.query import BandedPredicate, digest, to_json


@action(Role.RESEARCHER)
def ask_count(
    *, actor: Actor, predicate: BandedPredicate, versions: Sequence[DatasetVersion] | None = None
) -> Done[Question]:
    """Ask how many persons meet a predicate, at each dataset version that can answer it.

    `versions` None asks the newest version of every dataset. What this member has asked before
    is not asked again: the answer stands and costs nothing. What a node refused is asked again.
    Raises `explore.no_member`, `explore.no_dataset`.
    """
    member = Organisation.objects.select_for_update().filter(pk=actor.organisation or "-").first()
    if member is None:
        raise fail(NO_MEMBER, actor.id)
    chosen = answering(predicate, versions)
    if not chosen:
        raise fail(NO_DATASET, 0, "versions", model=predicate.model.value)
    question, _ = Question.objects.get_or_create(
        organisation=member,
        digest=digest(predicate),
        defaults={"predicate": to_json(predicate), "asked_by": User.objects.get(pk=actor.id)},
    )
    question.probes.filter(state=Probe.State.REFUSED).delete()
    asked = set(question.probes.values_list("accession", flat=True))
    fresh = [v for v in chosen if str(v.accession) not in asked]
    for version in fresh:
        _send_probe(question, version)
    sent = [str(v.accession) for v in fresh]
    return done(question, "explore.asked", question.id, digest=question.digest, sent=sent)


def _send_probe(question: Question, version: DatasetVersion) -> None:
    dataset = version.dataset
    probe = Probe.objects.create(
        question=question, node=dataset.node, accession=str(version.accession)
    )
    message = ExploreTask(
        task=probe.id,
        member=question.organisation_id,
        accession=probe.accession,
        dataset=dataset.name,
        predicate=question.predicate,
    )
    send(node=dataset.node, message=message, subject=probe.id)


@action(kinds=("node",))
def take_count(*, actor: Actor, probe: Probe, answer: ExploreAnswer) -> Done[Probe]:
    """Store a node's noisy count or its refusal. Raises `explore.wrong_task`."""
    probe = Probe.objects.select_for_update().get(pk=probe.pk)
    if actor.id != f"node:{probe.node_id}" or probe.state != Probe.State.SENT:
        raise fail(WRONG_PROBE, f"{actor.id}, {probe.state}", probe.id)
    probe.state = Probe.State.REFUSED if answer.problems else Probe.State.ANSWERED
    probe.count = answer.count
    probe.epsilon = answer.epsilon
    probe.spent = answer.spent
    probe.withheld = (answer.withheld or "")[:200]
    probe.problems = list(answer.problems)
    probe.answered_at = now()
    probe.save()
    codes = [p.get("code", "") for p in answer.problems]
    micro = round(answer.spent * 1_000_000)
    return done(probe, "explore.answered", probe.id, spent_microeps=micro, problems=codes)


@handles(ExploreAnswer)
def _take_count(node: Node, message: ExploreAnswer) -> dict[str, Any]:
    probe = Probe.objects.filter(pk=message.task, node=node).first()
    if probe is None:
        raise fail(WRONG_PROBE, message.task, "task")
    take_count(actor=node.actor, probe=probe, answer=message)
    return {"task": probe.id}
