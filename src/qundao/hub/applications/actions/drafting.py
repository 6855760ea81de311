"""The applicant's part: draft, save, submit, withdraw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qundao.access.application import defects, read_plan
from qundao.access.permissions import PERMISSIONS, Act
from qundao.access.reasons import WITHDRAWN
from qundao.access.working_days import china_day
from qundao.audit.actions import declare_action
from qundao.hub.applications.casework import advance, allow, locked, researchers
from qundao.hub.applications.codes import (
    BAD_KIND,
    BAD_PEOPLE,
    BAD_PROTOCOL,
    DATASET_GONE,
    NO_MEMBER,
)
from qundao.hub.applications.endings import end_use
from qundao.hub.applications.evidence import matches_of
from qundao.hub.applications.models import Application, Entry, Permit
from qundao.hub.catalogue.models import Dataset
from qundao.hub.catalogue.queries import versions_named
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.ledger.tariffs import tariff_in_force
from qundao.hub.members.models import User
from qundao.hub.nodes.models import Node
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.kernel.words import Words
from qundao.study import StudyProtocol, protocol_digest, protocol_from_json

SAVED = declare_action("application.saved", Words("申请草稿保存", "application draft saved"))


@action(*PERMISSIONS[Act.APPLICATION_DRAFT])
def draft_application(*, actor: Actor, draft: Mapping[str, Any]) -> Done[Application]:
    """Start an application; it may be as empty as it likes. Raises `applications.no_member`."""
    if not actor.organisation:
        raise fail(NO_MEMBER, actor.id)
    application = Application.objects.create(
        applicant=User.objects.get(pk=actor.id),
        organisation_id=actor.organisation,
        draft=dict(draft),
    )
    Entry.objects.create(application=application, state=application.state, by=actor.id)
    return done(application, "application.drafted", application.id)


@action(*PERMISSIONS[Act.APPLICATION_EDIT])
def save_draft(
    *,
    actor: Actor,
    application: Application,
    draft: Mapping[str, Any] | None = None,
    protocol: Mapping[str, Any] | None = None,
    study_kind: str | None = None,
) -> Done[Application]:
    """Save what has been typed so far: fields given replace those saved, others stay."""
    application = locked(application)
    allow(Act.APPLICATION_EDIT, actor, application)
    application.draft = application.draft | dict(draft or {})
    if protocol is not None:
        application.protocol = dict(protocol)
    application.study_kind = study_kind or application.study_kind
    application.saved_at = now()
    application.save()
    return done(application, SAVED, application.id, fields=sorted(draft or {}))


@action(*PERMISSIONS[Act.APPLICATION_SUBMIT])
def submit_application(*, actor: Actor, application: Application) -> Done[Application]:
    """Submit: the form is complete and the protocol is locked. Raises every defect at once."""
    application = locked(application)
    allow(Act.APPLICATION_SUBMIT, actor, application)
    raise_if(submission_problems(application))
    protocol = protocol_from_json(application.protocol or {})
    application.protocol = protocol.to_json()
    application.protocol_digest = protocol_digest(protocol)
    application.submitted_at = now()
    advance(application, Act.APPLICATION_SUBMIT, actor)
    digest = application.protocol_digest
    return done(application, "application.submitted", application.id, protocol=digest)


@action(*PERMISSIONS[Act.APPLICATION_WITHDRAW])
def withdraw_application(
    *, actor: Actor, application: Application, reason: str = ""
) -> Done[Application]:
    """Take the application back: an offered permit ends, credits held are released."""
    application = locked(application)
    allow(Act.APPLICATION_WITHDRAW, actor, application)
    advance(application, Act.APPLICATION_WITHDRAW, actor, reason=reason)
    why = reason or WITHDRAWN
    end_use(actor=actor, application=application, state=Permit.State.REVOKED, reason=why)
    return done(application, "application.withdrawn", application.id, reason=reason)


def submission_problems(application: Application) -> tuple[Problem, ...]:
    """Return everything that keeps an application from being submitted today."""
    today = china_day(now())
    found = defects(application.draft, today)
    if found:
        return (*found, *_kind_problems(application), *_protocol_problems(application, None))
    plan = read_plan(application.draft, today)
    return (
        *_people_problems(application, plan.researchers),
        *_dataset_problems(plan.datasets),
        *(p for m in matches_of(application).values() for p in m.conflicts),
        *_kind_problems(application),
        *_protocol_problems(application, plan.datasets),
    )


def _people_problems(application: Application, names: tuple[str, ...]) -> Iterator[Problem]:
    known = {u.username for u in researchers(application)}
    for name in names:
        if name.casefold() not in known:
            yield problem(BAD_PEOPLE, name, "researchers")


def _dataset_problems(accessions: tuple[str, ...]) -> Iterator[Problem]:
    usable = {str(v.accession) for v in versions_named(accessions) if _on_offer(v.dataset)}
    for accession in accessions:
        if accession not in usable:
            yield problem(DATASET_GONE, accession, "datasets")


def _on_offer(dataset: Dataset) -> bool:
    heard = dataset.node.state != Node.State.REVOKED and dataset.organisation.active
    return heard and not dataset.withdrawn_at


def _kind_problems(application: Application) -> Iterator[Problem]:
    known = [s.kind for s in tariff_in_force().studies]
    if application.study_kind not in known:
        yield problem(BAD_KIND, application.study_kind, "study_kind", known=", ".join(known))


def _protocol_problems(
    application: Application, datasets: tuple[str, ...] | None
) -> Iterator[Problem]:
    if not application.protocol:
        facts = {"required": "研究方案", "required_en": "a study protocol"}
        yield problem(BAD_PROTOCOL, "", "protocol", **facts)
        return
    try:
        protocol = protocol_from_json(application.protocol)
    except QundaoError as error:
        yield from error.problems
        return
    if datasets is not None:
        yield from _difference(protocol, datasets)
        yield from _crowded(protocol)


def _difference(protocol: StudyProtocol, datasets: tuple[str, ...]) -> Iterator[Problem]:
    if set(protocol.datasets) != set(datasets):
        asked = ", ".join(sorted(datasets))
        facts = {"required": f"与申请相同的数据集：{asked}", "required_en": f"the datasets {asked}"}
        yield problem(BAD_PROTOCOL, ", ".join(protocol.datasets), "protocol.datasets", **facts)


def _crowded(protocol: StudyProtocol) -> Iterator[Problem]:
    """Yield the analyses that ask one node for two datasets: a node answers a round once."""
    node_of = {str(v.accession): v.dataset.node_id for v in versions_named(protocol.datasets)}
    for planned in protocol.analyses:
        nodes = [node_of.get(a, a) for a in planned.accessions]
        if len(set(nodes)) != len(nodes):
            facts = {
                "required": "每项分析在每个节点至多使用一个数据集",
                "required_en": "at most one dataset of each node in an analysis",
            }
            received = ", ".join(planned.accessions)
            yield problem(BAD_PROTOCOL, received, f"protocol.analyses[{planned.id}]", **facts)
