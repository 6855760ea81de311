"""The applicant's pages: one way through, saved at any time, all defects at once."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.access.permissions import Act
from qundao.hub.applications import actions, queries
from qundao.hub.applications.actions.drafting import submission_problems
from qundao.hub.applications.codes import BAD_PROTOCOL
from qundao.hub.applications.designs import DESIGNS
from qundao.hub.applications.designs import FIELDS as DESIGN_FIELDS
from qundao.hub.applications.evidence import evidence_of
from qundao.hub.applications.models import Application
from qundao.hub.applications.shown import evidence
from qundao.hub.applications.steps import (
    ALL_STEPS,
    PROTOCOL,
    entries,
    places,
    sent,
    sent_protocol,
    step_url,
    stepper,
)
from qundao.hub.codes import NOT_FOUND
from qundao.hub.cohorts.queries import MOST_CHOICES, usable_versions
from qundao.hub.ledger.tariffs import tariff_in_force
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.hub.vocabulary.queries import unanswerable
from qundao.kernel.errors import Problem, fail, problem
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from qundao.study import StudyProtocol, protocol_from_json


@for_roles(Role.RESEARCHER)
@require_POST
def new(request: HttpRequest) -> HttpResponseBase:
    """Start a draft, with a dataset already in it when one comes from its page."""
    chosen = [d for d in request.POST.getlist("dataset") if d]
    draft = {"datasets": chosen, "researchers": [request.user.get_username()]}
    made = actions.draft_application(actor=actor_of(request), draft=draft)
    return redirect(step_url(made, next(iter(ALL_STEPS))))


@for_roles(Role.RESEARCHER)
def edit(request: HttpRequest, application_id: str, step: str) -> HttpResponseBase:
    """Show one step; save it on every post, whatever it holds."""
    found = _editable(request, application_id)
    if step not in ALL_STEPS:
        raise fail(NOT_FOUND, step, "step")
    problems = _save(request, found, step) if request.method == "POST" else ()
    found.refresh_from_db()
    if request.headers.get("HX-Request"):
        return _saved(request, found, problems)
    if request.method == "POST" and not problems:
        return redirect(_onward(request, found, step))
    return _step(request, found, step, problems)


def _editable(request: HttpRequest, application_id: str) -> Application:
    found = queries.application_for(actor_of(request), application_id)
    if Act.APPLICATION_EDIT not in queries.possible_acts(actor_of(request), found):
        raise fail(NOT_FOUND, application_id, "draft")
    return found


def _save(request: HttpRequest, found: Application, step: str) -> tuple[Problem, ...]:
    if step != PROTOCOL:
        draft = sent(step, request.POST)
        return attempt(
            lambda: actions.save_draft(actor=actor_of(request), application=found, draft=draft)
        )[1]
    try:
        protocol = sent_protocol(request.POST.get("protocol", ""))
    except ValueError as error:
        facts = {"required": "JSON", "required_en": "JSON"}
        return (problem(BAD_PROTOCOL, str(error)[:120], "protocol", **facts),)
    return attempt(
        lambda: actions.save_draft(
            actor=actor_of(request),
            application=found,
            protocol=protocol,
            study_kind=request.POST.get("study_kind") or None,
        )
    )[1]


def _saved(request: HttpRequest, found: Application, problems: tuple[Problem, ...]) -> HttpResponse:
    left = len(submission_problems(found))
    return show(request, "applications/_saved.html", problems, application=found, left=left)


def _onward(request: HttpRequest, found: Application, step: str) -> str:
    if "save" in request.POST:
        messages.success(request, _("已保存。"))
        return step_url(found, step)
    names = [*ALL_STEPS]
    after = names.index(step) + 1
    if after == len(names):
        return reverse("check_draft", args=[found.id])
    return step_url(found, names[after])


def _step(
    request: HttpRequest, found: Application, step: str, problems: tuple[Problem, ...]
) -> HttpResponse:
    protocol = request.POST.get("protocol") or json.dumps(
        found.protocol, ensure_ascii=False, indent=1
    )
    return show(
        request,
        "applications/edit.html",
        problems,
        application=found,
        step=step,
        step_words=ALL_STEPS[step],
        steps=stepper(found, step, submission_problems(found)),
        entries=entries(step, found.draft),
        protocol=protocol if found.protocol or problems else "",
        planned=_planned(found),
        kinds=[(s.kind, s.words) for s in tariff_in_force().studies],
        form=request.POST,
        cohorts=[("", Words("请选择", "choose one")), *_cohorts()] if step == PROTOCOL else (),
        most_cohorts=MOST_CHOICES,  # beside the one that says to choose
    )


def _cohorts() -> list[tuple[str, Words]]:
    return [(v.id, v.words) for v in usable_versions()]


def _planned(found: Application) -> StudyProtocol | None:
    return attempt(lambda: protocol_from_json(found.protocol or {}))[0]


@for_roles(Role.RESEARCHER)
@require_POST
def design(request: HttpRequest, application_id: str, kind: str) -> HttpResponseBase:
    """Fill in a design; the protocol that it makes replaces the one in the draft."""
    found = _editable(request, application_id)
    if kind not in DESIGNS:
        raise fail(NOT_FOUND, kind, "design")
    form = given(request, *DESIGN_FIELDS[kind])
    draft = found.draft
    protocol, problems = attempt(
        lambda: DESIGNS[kind](
            form,
            [str(d) for d in draft.get("datasets") or ()],
            str(draft.get("title") or ""),
            str(draft.get("question") or ""),
        )
    )
    if protocol is None:
        return _step(request, found, PROTOCOL, problems)
    actions.save_draft(actor=actor_of(request), application=found, protocol=protocol.to_json())
    messages.success(request, _("方案已生成，请核对下面的句子。"))
    return redirect(step_url(found, PROTOCOL))


@for_roles(Role.RESEARCHER)
def check(request: HttpRequest, application_id: str) -> HttpResponseBase:
    """List every defect with its place, and submit when there is none."""
    found = _editable(request, application_id)
    problems = submission_problems(found)
    if request.method == "POST":
        done, problems = attempt(
            lambda: actions.submit_application(actor=actor_of(request), application=found)
        )
        if done:
            messages.success(request, _("申请已提交。办理进度见时间线。"))
            return redirect("application", found.id)
    return show(
        request,
        "applications/check.html",
        application=found,
        left=problems,
        places=places(found),
        steps=stepper(found, "check", problems),
        evidence=evidence(evidence_of(found)),
        planned=_planned(found),
        unanswered=unanswerable(_planned(found)),
    )
