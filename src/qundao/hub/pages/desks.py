"""What waits on each role's first screen, gathered from the desks' own queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse

from qundao.access.states import STATES, State
from qundao.hub.applications import queries as applications
from qundao.hub.applications.models import Application, Countersigning
from qundao.hub.applications.shown import work_item
from qundao.hub.auditlog import queries as audit
from qundao.hub.auditlog.heads import latest_head
from qundao.hub.catalogue import queries as catalogue
from qundao.hub.cohorts import queries as cohorts
from qundao.hub.cohorts.models import DefinitionVersion
from qundao.hub.common.actors import Actor
from qundao.hub.explore import queries as explore
from qundao.hub.ledger import queries as ledger
from qundao.hub.nodes import queries as nodes
from qundao.hub.pages.components import WorkItem
from qundao.hub.pages.names import names_of
from qundao.hub.pages.scores import read_scorecard
from qundao.hub.studies import queries as studies
from qundao.hub.studies.models import Output, Study, Task
from qundao.hub.studies.shown import STUDY_TONES, title_of
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

MOST = 10
_OVER = [s for s, facts in STATES.items() if facts.final]


def steward(actor: Actor) -> dict[str, Any]:
    """Return permits to countersign, quality shortcomings, what the own nodes let out."""
    waiting = Countersigning.objects.filter(
        node__organisation_id=actor.organisation or "-", state=Countersigning.State.WAITING
    ).select_related("permit__application__organisation", "node")
    left = Task.objects.filter(
        node__organisation_id=actor.organisation or "-", state=Task.State.ANSWERED
    ).select_related("run__study", "node")
    return {
        "permits": [_permit_item(c) for c in waiting],
        "quality": [
            (v, read_scorecard(v.scorecard)) for v in catalogue.datasets_of(actor.organisation)
        ],
        "left": left.order_by("-answered_at")[:MOST],
        "nodes": nodes.nodes().filter(organisation_id=actor.organisation or "-"),
        "balance": ledger.balance(actor.organisation) if actor.organisation else None,
    }


def _permit_item(held: Countersigning) -> WorkItem:
    application = held.permit.application
    return WorkItem(
        title=application.title,
        url=reverse("application", args=[application.id]),
        state=Words("待我会签", "waits for my countersignature"),
        turn=Words(f"在节点 {held.node.name} 上会签", f"on the node {held.node.name}"),
        note=application.organisation.words,
    )


def researcher(actor: Actor) -> dict[str, Any]:
    """Return my applications with days left, credits and questions left, my studies."""
    own = Application.objects.filter(applicant_id=actor.id).select_related("organisation")
    rows = Study.objects.filter(organisation_id=actor.organisation or "-")
    budgets = [explore.questions_left(actor, v.accession) for v in catalogue.newest_versions()]
    return {
        "applications": [work_item(a) for a in own.exclude(state__in=_OVER)[:MOST]],
        "balance": ledger.balance(actor.organisation) if actor.organisation else None,
        "budget": min(budgets) if budgets else None,
        "studies": [(s, STUDY_TONES[Study.State(s.state)]) for s in rows[:MOST]],
    }


def reviewer(actor: Actor) -> dict[str, Any]:
    """Return applications to vote on with days left, and outputs to check."""
    waiting = applications.reviews_waiting(actor).select_related("organisation")
    return {
        "reviews": [work_item(a) for a in waiting[:MOST]],
        "outputs": [_output_item(o) for o in studies.outputs_to_review(actor)[:MOST]],
        "cohorts": [
            _cohort_item(v)
            for v in cohorts.proposed_versions()[:MOST]
            if v.definition.organisation_id != actor.organisation
        ],
    }


def _cohort_item(version: DefinitionVersion) -> WorkItem:
    return WorkItem(
        title=version.words,
        url=reverse("cohort_version", args=[version.definition_id, version.number]),
        state=Words("待放行试算", "waits for release"),
        turn=Role.REVIEWER.words,
        note=version.definition.organisation.words,
    )


def _output_item(output: Output) -> WorkItem:
    return WorkItem(
        title=title_of(output),
        url=reverse("output", args=[output.id]),
        state=Words("待审核", "to be checked"),
        turn=Role.REVIEWER.words,
        note=output.run.study.words,
    )


def operator(actor: Actor) -> dict[str, Any]:
    """Return what is the operator's turn, what is late, nodes, whether the ledger balances."""
    running = applications.applications_for(actor).exclude(state__in=[*_OVER, State.ACTIVE])
    items = [work_item(a) for a in running[:100]]
    return {
        "work": sorted(items, key=lambda i: (i.days_left is None, i.days_left or 0))[:MOST],
        "nodes": nodes.nodes(),
        "broken": ledger.broken_laws(),
        "failed": studies.studies_for(actor).filter(state=Study.State.FAILED)[:MOST],
    }


def auditor(actor: Actor) -> dict[str, Any]:
    """Return the state of the log, high-risk events, and permits against their use."""
    events = list(audit.high_risk_events()[:MOST])
    permits = applications.permits_for(actor).select_related("application__organisation")
    return {
        "head": latest_head(),
        "events": events,
        "names": names_of(n for e in events for n in (e.actor, e.organisation)),
        "use": [(p, p.signed.permit.runs, _rounds(p)) for p in permits[:MOST]],
    }


def _rounds(permit: Any) -> int:
    study = getattr(permit, "study", None)
    return study.runs.count() if study else 0


def officer(actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    """Return the alliance's results as aggregates, each with its definition."""
    held = catalogue.network()
    handled = Application.objects.exclude(state=State.DRAFT)
    return {
        "indicators": [
            (
                Words("成员单位", "Members"),
                held.members,
                Words("在会的单位数", "organisations in good standing"),
            ),
            (
                Words("数据集", "Datasets"),
                held.datasets,
                Words("目录中未撤下的数据集数", "datasets on offer in the catalogue"),
            ),
            (
                Words("受试者记录", "Subject records"),
                held.records,
                Words(
                    "各数据集最新版本的受试者记录之和，同一人可能重复计入",
                    "subjects of the newest versions, added up; one person may count twice",
                ),
            ),
            (
                Words("数据使用申请", "Applications"),
                handled.count(),
                Words("已提交的申请数，含已办结", "applications sent, closed ones included"),
            ),
            (
                Words("已发布的结果", "Released results"),
                studies.questions_answered(),
                Words("审核后发布的分析数", "analyses released after the output check"),
            ),
        ]
    }


DESKS: Mapping[Role, Callable[[Actor], dict[str, Any]]] = {
    Role.OPERATOR: operator,
    Role.STEWARD: steward,
    Role.RESEARCHER: researcher,
    Role.REVIEWER: reviewer,
    Role.AUDITOR: auditor,
    Role.OFFICER: officer,
}


def desk_parts(actor: Actor) -> list[tuple[str, Words, dict[str, Any]]]:
    """Return for each role that the actor holds: its template, its name, what it shows."""
    held = [(role, gather) for role, gather in DESKS.items() if role in actor.roles]
    return [(f"pages/_{role.value}.html", role.words, gather(actor)) for role, gather in held]
