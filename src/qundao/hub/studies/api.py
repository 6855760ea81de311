"""The JSON API of this desk: start a study, follow its rounds, decide on its outputs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qundao.hub.applications.queries import permit_for
from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.common.schemas import Listed, PageOf
from qundao.hub.studies import actions, queries
from qundao.hub.studies.models import Output, Run, Study, Task
from qundao.hub.studies.schemas import DecisionIn, OutputOut, RunOut, StartIn, StudyOut
from qundao.kernel.clock import stamp

router = Router()


@router.post("/", response=StudyOut, summary="Start the study of a permit")
def start(request: HttpRequest, body: StartIn) -> dict[str, Any]:
    """Start the locked protocol; starting twice starts once."""
    actor = actor_of(request)
    study = actions.start_study(actor=actor, permit=permit_for(actor, body.permit))
    return study_json(request, study)


@router.get("/", response=PageOf[Listed], summary="The studies that I may see")
def list_studies(request: HttpRequest, page: int = 1) -> dict[str, Any]:
    """Return one page of studies, newest first."""
    rows = paginate(queries.studies_for(actor_of(request)), page)
    return rows.to_json(lambda s: {"id": s.id, "title": s.title, "state": s.state})


@router.get("/outputs", response=PageOf[OutputOut], summary="The outputs that wait for me to check")
def outputs(request: HttpRequest, page: int = 1) -> dict[str, Any]:
    """Return one page of outputs under review, oldest first."""
    rows = paginate(queries.outputs_to_review(actor_of(request)), page)
    return rows.to_json(lambda o: output_json(request, o))


@router.get("/outputs/{output_id}", response=OutputOut, summary="One output")
def output(request: HttpRequest, output_id: str) -> dict[str, Any]:
    """Return an output; its numbers only where they are released or the reader checks them."""
    return output_json(request, queries.output_for(actor_of(request), output_id))


@router.post("/outputs/{output_id}/decision", response=OutputOut, summary="Decide on an output")
def decide(request: HttpRequest, output_id: str, body: DecisionIn) -> dict[str, Any]:
    """Decide on an output; the first release pays the contributors."""
    actor = actor_of(request)
    found = queries.output_for(actor, output_id)
    decided = actions.review_output(
        actor=actor, output=found, release=body.release, reason=body.reason
    )
    return output_json(request, decided)


@router.post("/runs/{run_id}/retry", response=RunOut, summary="Retry a failed or overdue round")
def retry(request: HttpRequest, run_id: str) -> dict[str, Any]:
    """Ask the nodes again under a new round id."""
    actor = actor_of(request)
    run = queries.run_for(actor, run_id)
    return run_json(request, actions.retry_round(actor=actor, run=run))


@router.get("/{study_id}", response=StudyOut, summary="One study with its rounds and outputs")
def study(request: HttpRequest, study_id: str) -> dict[str, Any]:
    """Return a study."""
    return study_json(request, queries.study_for(actor_of(request), study_id))


def study_json(request: HttpRequest, study: Study) -> dict[str, Any]:
    """Return a study with its protocol, rounds and outputs."""
    return {
        "id": study.id,
        "title": {"zh": study.title_zh, "en": study.title_en},
        "state": study.state,
        "permit": study.permit_id,
        "organisation": study.organisation_id,
        "protocol_digest": study.protocol_digest,
        "protocol": study.protocol,
        "started_at": stamp(study.created_at),
        "runs": [run_json(request, r) for r in queries.runs_of(study)],
    }


def run_json(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return a round with its tasks and its output."""
    made = getattr(run, "output", None)
    return {
        "id": run.id,
        "analysis": run.analysis,
        "attempt": run.attempt,
        "masked": run.masked,
        "masked_groups": run.masked_groups,
        "state": run.state,
        "deadline": stamp(run.deadline),
        "problems": run.problems,
        "tasks": [_task_json(t) for t in run.tasks.all()],
        "output": output_json(request, made) if made else None,
    }


def _task_json(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "node": task.node_id,
        "accession": task.accession,
        "state": task.state,
        "gate": [_decision(d) for d in task.gate],
        "problems": task.problems,
        "answered_at": stamp(task.answered_at) if task.answered_at else None,
    }


def _decision(found: dict[str, Any]) -> dict[str, Any]:
    """Return a gate's decision without its cells: they tell which node has small counts."""
    return {
        "rule": found.get("rule"),
        "action": found.get("action"),
        "cells": len(found.get("cells", ())),
        "words": found.get("words"),
    }


def output_json(request: HttpRequest, output: Output) -> dict[str, Any]:
    """Return an output; `result` is null while this reader may not see it."""
    return {
        "id": output.id,
        "study": output.run.study_id,
        "analysis": output.run.analysis,
        "state": output.state,
        "digest": output.digest,
        "reason": output.reason,
        "decided_at": stamp(output.decided_at) if output.decided_at else None,
        "result": queries.visible_result(actor_of(request), output),
    }
