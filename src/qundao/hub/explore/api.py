"""The JSON API of this desk: ask for a feasibility count, read the noisy answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qundao.hub.catalogue import queries as catalogue
from qundao.hub.cohorts.queries import version_by_id
from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.common.schemas import PageOf
from qundao.hub.explore import actions, queries
from qundao.hub.explore.models import Probe, Question
from qundao.hub.explore.schemas import QuestionIn, QuestionOut
from qundao.kernel.clock import stamp
from qundao.kernel.errors import fail
from qundao.query import BandedPredicate, from_json
from qundao.query.codes import PREDICATE

router = Router()


@router.post("/questions", response=QuestionOut, summary="Ask for a feasibility count")
def ask(request: HttpRequest, body: QuestionIn) -> dict[str, Any]:
    """Ask; what this member asked before is answered from the cache and costs nothing."""
    accessions = body.accessions
    versions = None if accessions is None else [catalogue.version(a) for a in accessions]
    if body.cohort is not None:
        cohort = version_by_id(body.cohort)
        question = actions.ask_cohort(actor=actor_of(request), cohort=cohort, versions=versions)
        return question_json(question)
    predicate = from_json(body.predicate or {})
    if not isinstance(predicate, BandedPredicate):
        raise fail(
            PREDICATE,
            type(predicate).__name__,
            "predicate",
            required_zh="分段条件",
            required_en="a banded predicate",
        )
    question = actions.ask_count(actor=actor_of(request), predicate=predicate, versions=versions)
    return question_json(question)


@router.get("/questions", response=PageOf[QuestionOut], summary="The questions of my member")
def list_questions(request: HttpRequest, page: int = 1) -> dict[str, Any]:
    """Return one page of questions, newest first."""
    return paginate(queries.questions_for(actor_of(request)), page).to_json(question_json)


@router.get("/questions/{question_id}", response=QuestionOut, summary="One question")
def question(request: HttpRequest, question_id: str) -> dict[str, Any]:
    """Return a question with the answer of each node and what they add up to."""
    return question_json(queries.question_for(actor_of(request), question_id))


def question_json(question: Question) -> dict[str, Any]:
    """Return a question as JSON."""
    total = queries.total_of(question)
    return {
        "id": question.id,
        "predicate": question.predicate,
        "cohort": question.cohort_id,
        "digest": question.digest,
        "asked_at": stamp(question.created_at),
        "answers": [_probe_json(p) for p in queries.probes_of(question)],
        "total": {
            "records": total.count,
            "margin_95": total.margin,
            "shown": total.shown,
            "withheld": total.withheld,
            "refused": total.refused,
            "waiting": total.waiting,
        },
    }


def _probe_json(probe: Probe) -> dict[str, Any]:
    return {
        "task": probe.id,
        "accession": probe.accession,
        "node": probe.node_id,
        "member": probe.node.organisation_id,
        "state": probe.state,
        "count": probe.count,
        "epsilon": probe.epsilon,
        "spent": probe.spent,
        "withheld": probe.withheld,
        "problems": probe.problems,
    }
