"""Writes: ask a banded question over nodes, take the nodes' noisy answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qundao.analysis.normal_form import population_form
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.cohorts.codes import NOT_COUNTABLE
from qundao.hub.cohorts.models import DefinitionVersion, VersionState
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
from qundao.kernel.errors import fail, raise_if
from qundao.kernel.roles import Role
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.query import BandedPredicate, StandardModel, digest, to_json
from qundao.query.exploring import counted, exploring_refusals


@action(Role.RESEARCHER)
def ask_count(
    *, actor: Actor, predicate: BandedPredicate, versions: Sequence[DatasetVersion] | None = None
) -> Done[Question]:
    """Ask how many persons meet a predicate, at each dataset version that can answer it.

    `versions` None asks the newest version of every dataset. What this member has asked before
    is not asked again: the answer stands and costs nothing. What a node refused is asked again.
    Raises `explore.no_member`, `explore.no_dataset`.
    """
    question = Question(predicate=to_json(predicate), digest=digest(predicate))
    return _asked(actor, _member(actor), question, answering(predicate.model, versions))


@action(Role.RESEARCHER)
def ask_cohort(
    *,
    actor: Actor,
    cohort: DefinitionVersion,
    versions: Sequence[DatasetVersion] | None = None,
) -> Done[Question]:
    """Ask how many persons enter by a definition that was released to exploring.

    What `ask_count` says holds here too; whatever differs in names and order alone is the same
    question. Raises `cohorts.not_countable`, `explore.no_member`, `explore.no_dataset`.
    """
    if cohort.state is not VersionState.RELEASED or cohort.definition.retired_at:
        raise fail(NOT_COUNTABLE, cohort.state.value, "cohort")
    asked = counted(cohort.population)
    raise_if(exploring_refusals(asked))
    question = Question(predicate=to_json(asked), digest=population_form(asked), cohort=cohort)
    return _asked(actor, _member(actor), question, answering(StandardModel.OMOP, versions))


def _member(actor: Actor) -> Organisation:
    member = Organisation.objects.select_for_update().filter(pk=actor.organisation or "-").first()
    if member is None:
        raise fail(NO_MEMBER, actor.id)
    return member


def _asked(
    actor: Actor, member: Organisation, asked: Question, chosen: list[DatasetVersion]
) -> Done[Question]:
    if not chosen:
        model = "cdisc" if asked.predicate.get("model") == "cdisc" else "omop"
        raise fail(NO_DATASET, 0, "versions", model=model)
    question, _ = Question.objects.get_or_create(
        organisation=member,
        digest=asked.digest,
        defaults={
            "predicate": asked.predicate,
            "cohort": asked.cohort,
            "asked_by": User.objects.get(pk=actor.id),
        },
    )
    question.probes.filter(state=Probe.State.REFUSED).delete()
    before = set(question.probes.values_list("accession", flat=True))
    fresh = [v for v in chosen if str(v.accession) not in before]
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
