"""Writes: start a study, take answers, retry a round, decide on an output."""

from __future__ import annotations

from typing import Any

from qundao.hub.applications.models import Permit
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import HUB_ACTOR, Actor
from qundao.hub.common.clock import now
from qundao.hub.members.models import User
from qundao.hub.nodes.handlers import handles
from qundao.hub.nodes.models import Node
from qundao.hub.studies.codes import (
    CANNOT_RETRY,
    DECIDED,
    NOT_IN_FORCE,
    NOT_WAITING,
    NOT_YOURS,
    OWN_OUTPUT,
    REASON_NEEDED,
    WRONG_TASK,
)
from qundao.hub.studies.models import Output, Run, Study, Task
from qundao.hub.studies.payment import pay_contributors
from qundao.hub.studies.permits import protocol_of, terms
from qundao.hub.studies.rounds import close_round, open_round
from qundao.kernel.clock import stamp
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role
from qundao.protocol.messages import StudyAnswer


@action(Role.RESEARCHER)
def start_study(*, actor: Actor, permit: Permit) -> Done[Study]:
    """Start the locked protocol of a permit: one round for each analysis, tasks to its nodes.

    Raises `studies.not_yours`, `studies.permit_not_in_force`. Starting twice starts once.
    """
    permit = Permit.objects.select_for_update().get(pk=permit.pk)
    _check_permit(actor, permit)
    begun = Study.objects.filter(permit=permit).first()
    if begun:
        return done(begun, "study.started", begun.id, permit=permit.id, again=True)
    protocol = protocol_of(permit)
    study = Study.objects.create(
        permit=permit,
        researcher=User.objects.get(pk=actor.id),
        organisation_id=actor.organisation,
        title_zh=protocol.title.zh,
        title_en=protocol.title.en,
        protocol=protocol.to_json(),
        protocol_digest=terms(permit).protocol_digest,
    )
    for planned in protocol.analyses:
        open_round(study, planned, attempt=1)
    digest = study.protocol_digest
    return done(study, "study.started", study.id, permit=permit.id, protocol=digest)


def _check_permit(actor: Actor, permit: Permit) -> None:
    if actor.id not in terms(permit).researchers or actor.organisation != terms(permit).grantee:
        raise fail(NOT_YOURS, actor.id, permit.id)
    if not permit.in_force:
        raise fail(NOT_IN_FORCE, permit.state, permit.id)


@action(kinds=("node",))
def take_answer(*, actor: Actor, task: Task, answer: StudyAnswer) -> Done[Task]:
    """Store a node's answer and, with the last one, combine the round.

    Raises `studies.wrong_task`, `studies.not_waiting`.
    """
    # The study's lock first: two last answers at once would each miss the other's round.
    Study.objects.select_for_update().get(runs=task.run_id)
    run = Run.objects.select_for_update().get(pk=task.run_id)
    task.refresh_from_db()
    _check_answer(actor, task, run, answer)
    task.state = Task.State.REFUSED if answer.problems else Task.State.ANSWERED
    task.values = None if answer.problems else list(answer.values)
    task.gate = list(answer.gate)
    task.problems = list(answer.problems)
    task.answered_at = now()
    task.save()
    close_round(run)
    _settle(run.study)
    name = "task.failed" if answer.problems else "task.answered"
    codes = [p.get("code", "") for p in answer.problems]
    return done(task, name, task.id, round=run.id, masked=answer.masked, problems=codes)


@handles(StudyAnswer)
def _take_answer(node: Node, message: StudyAnswer) -> dict[str, Any]:
    task = Task.objects.filter(pk=message.task, node=node).first()
    if task is None:
        raise fail(WRONG_TASK, message.task, "task", required="a task of this node")
    take_answer(actor=node.actor, task=task, answer=message)
    return {"task": task.id}


def _check_answer(actor: Actor, task: Task, run: Run, answer: StudyAnswer) -> None:
    if actor.id != f"node:{task.node_id}":
        raise fail(WRONG_TASK, actor.id, "node", required=task.node_id)
    if run.state != Run.State.WAITING or task.state != Task.State.SENT:
        raise fail(NOT_WAITING, f"{run.state}, {task.state}", task.id)
    if answer.round != run.id:
        raise fail(WRONG_TASK, answer.round, "round", required=run.id)
    if not answer.problems and (answer.masked, answer.layout) != (run.masked, run.layout):
        received = f"masked {answer.masked}, layout {answer.layout[:16]}"
        required = f"masked {run.masked}, layout {run.layout[:16]}"
        raise fail(WRONG_TASK, received, "layout", required=required)


@action(Role.RESEARCHER)
def retry_round(*, actor: Actor, run: Run) -> Done[Run]:
    """Ask every node of a failed or overdue round again, under a new round id and fresh masks.

    Raises `studies.not_yours`, `studies.permit_not_in_force`, `studies.cannot_retry`.
    """
    run = Run.objects.select_for_update().get(pk=run.pk)
    study = run.study
    _check_permit(actor, study.permit)
    overdue = run.state == Run.State.WAITING and run.deadline <= now()
    if run.state != Run.State.FAILED and not overdue:
        raise fail(CANNOT_RETRY, run.state, run.id, deadline=stamp(run.deadline))
    run.state = Run.State.SUPERSEDED
    run.save(update_fields=["state"])
    planned = protocol_of(study.permit).analysis(run.analysis)
    renewed = open_round(study, planned, attempt=run.attempt + 1)
    _settle(study)
    return done(renewed, "task.retried", renewed.id, study=study.id, before=run.id)


@action(Role.REVIEWER)
def review_output(*, actor: Actor, output: Output, release: bool, reason: str) -> Done[Output]:
    """Release an output or refuse it. With the first release the contributors are paid.

    Raises `studies.own_output`, `studies.already_decided`, `studies.reason_needed`.
    """
    output = Output.objects.select_for_update().get(pk=output.pk)
    study = Study.objects.select_for_update().get(pk=output.run.study_id)
    if actor.organisation == study.organisation_id or actor.id == study.researcher_id:
        raise fail(OWN_OUTPUT, actor.organisation, output.id)
    if output.state != Output.State.REVIEW:
        raise fail(DECIDED, output.state, output.id)
    if not release and not reason.strip():
        raise fail(REASON_NEEDED, "", "reason")
    output.state = Output.State.RELEASED if release else Output.State.REFUSED
    output.reviewer = User.objects.get(pk=actor.id)
    output.reason = reason.strip()
    output.decided_at = now()
    output.save()
    if release:
        pay_contributors(actor=HUB_ACTOR, study=study)
    _settle(study)
    name = "output.released" if release else "output.reviewed"
    return done(output, name, output.id, study=study.id, digest=output.digest)


def _settle(study: Study) -> None:
    """Bring the study's state in line with its rounds and outputs."""
    runs = list(study.runs.exclude(state=Run.State.SUPERSEDED).select_related("output"))
    study.state = _state_of(runs)
    study.save(update_fields=["state"])


def _state_of(runs: list[Run]) -> Study.State:
    if any(r.state == Run.State.FAILED for r in runs):
        return Study.State.FAILED
    if any(r.state == Run.State.WAITING for r in runs):
        return Study.State.RUNNING
    if any(r.output.state == Output.State.REVIEW for r in runs):
        return Study.State.REVIEW
    return Study.State.CLOSED
