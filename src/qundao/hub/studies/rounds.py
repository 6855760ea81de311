"""Rounds: tasks out to the nodes, answers in, sums and the output when all are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from qundao import analysis
from qundao.hub.applications.models import Permit
from qundao.hub.catalogue.queries import version
from qundao.hub.common.clock import now
from qundao.hub.nodes.models import Node
from qundao.hub.nodes.outgoing import send
from qundao.hub.studies.models import Output, Run, Study, Task
from qundao.hub.studies.permits import floors_of, member_of, node_of, protocol_of, terms, terms_of
from qundao.kernel.canonical import digest
from qundao.kernel.errors import QundaoError, problem, problem_from_json
from qundao.kernel.words import Words
from qundao.protocol.messages import Round, StudyTask
from qundao.protocol.node.codes import CANNOT_ANSWER
from qundao.study import PlannedAnalysis, RoundPlan, plan_round
from qundao.study.caveats import grantee_caveat
from qundao.study.codes import CANNOT_LEAVE_OUT
from qundao.study.rounds import combine_answers, without

PATIENCE = timedelta(hours=72)
"""A node may be switched off over a weekend; after that a round can be retried."""


def open_round(study: Study, planned: PlannedAnalysis, attempt: int) -> Run:
    """Store a round and send its tasks; call it inside an action."""
    permit = study.permit
    plan = plan_round(planned, node_of(permit), member_of(permit))
    run = Run.objects.create(
        study=study,
        analysis=planned.id,
        attempt=attempt,
        masked=plan.masked,
        masked_groups=list(plan.masked_groups),
        layout=analysis.layout(planned.spec).digest,
        deadline=now() + PATIENCE,
    )
    nodes = Node.objects.in_bulk(plan.participants)
    for held in terms_of(permit, planned):
        _send_task(run, nodes[held.node], held.accession, plan, permit)
    return run


def _send_task(run: Run, node: Node, accession: str, plan: RoundPlan, permit: Permit) -> None:
    task = Task.objects.create(run=run, node=node, accession=accession)
    message = StudyTask(
        task=task.id,
        study=run.study_id,
        permit=permit.id,
        protocol_digest=run.study.protocol_digest,
        analysis=run.analysis,
        accession=accession,
        dataset=version(accession).dataset.name,
        round=Round(
            id=run.id,
            participants=plan.participants,
            masked=plan.masked,
            masked_groups=plan.masked_groups,
        ),
    )
    send(node=node, message=message, subject=task.id)


def close_round(run: Run) -> None:
    """Combine the answers if all are in; a round with a refusal or a bad answer fails.

    Nodes that cannot answer the definition (`node.cannot_answer`) are left out of what is not
    masked, and the result says so: they are no zeros.
    """
    tasks = list(run.tasks.order_by("node_id"))
    refused = [t for t in tasks if t.state == Task.State.REFUSED]
    if refused and (run.masked or not all(_cannot(t) for t in refused)):
        problems = [p for t in tasks for p in t.problems]
        _failed(run, [*problems, *(_NOT_LEFT_OUT if all(map(_cannot, refused)) else ())])
    elif not any(t.state == Task.State.SENT for t in tasks):
        _combine(run, tasks)


def _cannot(task: Task) -> bool:
    """Tell whether a node refused for what its source lacks, and for nothing else."""
    codes = {p.get("code") for p in task.problems}
    return codes == {CANNOT_ANSWER}


_NOT_LEFT_OUT = (problem(CANNOT_LEAVE_OUT, "", "participants").to_json(),)


def _combine(run: Run, tasks: list[Task]) -> None:
    absent = [t for t in tasks if t.state == Task.State.REFUSED]
    answers = {t.node_id: t.values for t in tasks if t not in absent}
    try:
        result = _combined(run, answers, absent)
    except QundaoError as error:
        # The applicant reads these before any reviewer: which rule broke, never what was received.
        _failed(run, [p.to_json() | {"received": ""} for p in error.problems])
        return
    run.state = Run.State.COMBINED
    run.save(update_fields=["state"])
    Output.objects.create(run=run, result=result, digest=digest(result))


def _combined(run: Run, answers: Mapping[str, Any], absent: Sequence[Task]) -> dict[str, Any]:
    permit = run.study.permit
    planned = protocol_of(permit).analysis(run.analysis)
    plan = plan_round(planned, node_of(permit), member_of(permit))
    if absent:
        plan = without(plan, {t.node_id for t in absent})
    totals = combine_answers(analysis.layout(planned.spec), plan, answers)
    floors = floors_of(permit, planned)
    notes = (*_notes(permit, planned, plan), *(_absence(t) for t in absent))
    return analysis.result(planned.spec, totals, floors, notes=notes)


def _absence(task: Task) -> Words:
    """Return that a node is not part of a result, and what it lacks."""
    found = [problem_from_json(p) for p in task.problems]
    zh, en = (
        comma.join(p.text(reader)["required"] for p in found)
        for reader, comma in (("zh-hans", "、"), ("en", ", "))
    )
    return Words(
        f"未计入 {task.accession}：该节点答不了这个定义，缺{zh}；这不是零",
        f"{task.accession} is not counted: its node cannot answer the definition, it lacks "
        f"{en}; this is not a zero",
    )


def _notes(permit: Permit, planned: PlannedAnalysis, plan: RoundPlan) -> tuple[Words, ...]:
    nodes = len(plan.participants)
    if plan.masked_groups:
        masked = planned.named(plan.masked_groups)
        summed = Words(
            f"{nodes} 个节点参与；{masked.zh}以成对掩码求和，平台只见总和",
            f"{nodes} nodes took part; the hub saw only masked sums of {masked.en}",
        )
        caveat = grantee_caveat(planned, plan, member_of(permit), terms(permit).grantee)
        return (summed,) if caveat is None else (summed, caveat)
    return (
        Words(
            f"{nodes} 个节点参与；少于 3 个节点时掩码不能隐藏各方数字，各节点按自身阈值出域审查",
            f"{nodes} nodes took part; with fewer than 3 masking hides nothing, so that each node "
            "applied its own thresholds",
        ),
        Words(
            "各节点数字按记录相加；跨院重复的人未去重（人次，不是人数）",
            "the nodes' numbers are added as records; people known to several nodes count there "
            "each time (records, not persons)",
        ),
    )


def _failed(run: Run, problems: list[Any]) -> None:
    run.state = Run.State.FAILED
    run.problems = problems
    run.save(update_fields=["state", "problems"])
