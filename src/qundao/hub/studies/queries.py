"""Reads: which studies, runs and outputs somebody may see, and in what state they are."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.actors import Actor
from qundao.hub.studies.models import Output, Run, Study, Task
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

_SEES_ALL = (Role.OPERATOR, Role.AUDITOR)


def studies_for(actor: Actor) -> QuerySet[Study]:
    """Return the studies that an actor may see.

    A member's people see their own studies, its stewards also those that use its data;
    reviewers those with an output to check; operator and auditor all.
    """
    rows = Study.objects.select_related("organisation", "researcher", "permit")
    if actor.has(*_SEES_ALL):
        return rows
    mine = Q(organisation_id=actor.organisation) if actor.organisation else Q(pk=None)
    contributed = (
        Q(runs__tasks__node__organisation_id=actor.organisation)
        if actor.organisation and actor.has(Role.STEWARD)
        else Q(pk=None)
    )
    if actor.has(Role.REVIEWER):
        contributed |= Q(runs__output__isnull=False)
    return rows.filter(mine | contributed).distinct()


def study_for(actor: Actor, study_id: str) -> Study:
    """Return one study. Raises `hub.not_found` also where the actor may not see it."""
    found = studies_for(actor).filter(pk=study_id).first()
    if found is None:
        raise fail(NOT_FOUND, study_id, "study")
    return found


def run_for(actor: Actor, run_id: str) -> Run:
    """Return one round of a study that the actor may see. Raises `hub.not_found`."""
    visible = studies_for(actor).values("pk")
    found = Run.objects.select_related("study").filter(pk=run_id, study__in=visible).first()
    if found is None:
        raise fail(NOT_FOUND, run_id, "run")
    return found


def runs_of(study: Study) -> QuerySet[Run]:
    """Return a study's runs in order, with their outputs, newest attempt last."""
    return study.runs.select_related("output__reviewer").prefetch_related("tasks__node")


def tasks_of(run: Run) -> QuerySet[Task]:
    """Return a run's tasks with their nodes."""
    return run.tasks.select_related("node__organisation")


def visible_result(actor: Actor, output: Output) -> dict[str, object] | None:
    """Return an output's numbers, or None while this actor may not see them.

    Before release only reviewers of other organisations see them; after it those who may see
    the study.
    """
    study = output.run.study
    if output.state == Output.State.RELEASED:
        return dict(output.result)
    checks = actor.has(Role.REVIEWER) and actor.organisation != study.organisation_id
    return dict(output.result) if checks and actor.id != study.researcher_id else None


def outputs_to_review(actor: Actor) -> QuerySet[Output]:
    """Return the outputs that wait for this reviewer, oldest first."""
    if not actor.has(Role.REVIEWER):
        return Output.objects.none()
    waiting = Output.objects.filter(state=Output.State.REVIEW)
    return waiting.exclude(run__study__organisation_id=actor.organisation or "-").select_related(
        "run__study__organisation"
    )


def output_for(actor: Actor, output_id: str) -> Output:
    """Return one output of a study that the actor may see. Raises `hub.not_found`."""
    visible = studies_for(actor).values("pk")
    rows = Output.objects.select_related("run__study").filter(run__study__in=visible)
    found = rows.filter(pk=output_id).first()
    if found is None:
        raise fail(NOT_FOUND, output_id, "output")
    return found


def questions_answered() -> int:
    """Return how many analyses have been released, for the overview of the network."""
    return Output.objects.filter(state=Output.State.RELEASED).count()


def progress_of(run: Run) -> dict[str, int]:
    """Return how many of a run's tasks are sent, answered and refused."""
    counts = run.tasks.values("state").annotate(n=Count("id"))
    return dict.fromkeys(Task.State.values, 0) | {c["state"]: c["n"] for c in counts}


def studies_over(accession: str) -> QuerySet[Study]:
    """Return the studies with a released result that used a dataset version: its lineage."""
    released = Q(runs__tasks__accession=accession, runs__output__state=Output.State.RELEASED)
    return Study.objects.filter(released).select_related("organisation").distinct()
