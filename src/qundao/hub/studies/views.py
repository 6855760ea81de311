"""The pages of this desk: studies, their rounds over nodes, and the check of outputs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.hub.applications import queries as applications
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.pagination import paginate
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.hub.studies import actions, queries
from qundao.hub.studies.models import Output, Study
from qundao.hub.studies.shown import STUDY_TONES, analyses_of, analysis_of, title_of
from qundao.kernel.errors import Problem, fail
from qundao.kernel.roles import Role
from qundao.study import protocol_from_json

READERS = (Role.RESEARCHER, Role.STEWARD, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)


@for_roles(*READERS)
def studies(request: HttpRequest) -> HttpResponseBase:
    """List the studies that the reader may see, newest first."""
    page = paginate(queries.studies_for(actor_of(request)), request.GET.get("page"))
    rows = [(s, STUDY_TONES[Study.State(s.state)]) for s in page.items]
    return show(request, "studies/studies.html", page=page, rows=rows)


@for_roles(*READERS)
def study(request: HttpRequest, study_id: str) -> HttpResponseBase:
    """Show one study: protocol in words, tasks node by node, released figures and tables."""
    return _study(request, queries.study_for(actor_of(request), study_id))


def _study(
    request: HttpRequest, found: Study, problems: tuple[Problem, ...] = ()
) -> HttpResponseBase:
    actor = actor_of(request)
    return show(
        request,
        "studies/study.html",
        problems,
        study=found,
        tone=STUDY_TONES[Study.State(found.state)],
        protocol=protocol_from_json(found.protocol),
        analyses=analyses_of(actor, found),
        own=actor.organisation == found.organisation_id,
    )


@for_roles(Role.RESEARCHER)
@require_POST
def start(request: HttpRequest, permit_id: str) -> HttpResponseBase:
    """Start the locked protocol of a permit."""
    permit = applications.permit_for(actor_of(request), permit_id)
    begun = actions.start_study(actor=actor_of(request), permit=permit)
    messages.success(request, _("研究已启动，任务已下达各节点。"))
    return redirect("study", begun.id)


@for_roles(Role.RESEARCHER)
@require_POST
def retry(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """Ask the nodes of a failed or overdue round again."""
    run = queries.run_for(actor_of(request), run_id)
    renewed, problems = attempt(lambda: actions.retry_round(actor=actor_of(request), run=run))
    if renewed is None:
        return _study(request, run.study, problems)
    messages.success(request, _("已用新的轮次号重新下达任务。"))
    return redirect("study", run.study_id)


@for_roles(Role.REVIEWER)
def outputs(request: HttpRequest) -> HttpResponseBase:
    """List the outputs that wait for this reviewer."""
    page = paginate(queries.outputs_to_review(actor_of(request)), request.GET.get("page"))
    rows = [(o, title_of(o)) for o in page.items]
    return show(request, "studies/outputs.html", page=page, rows=rows)


@for_roles(Role.REVIEWER)
def output(request: HttpRequest, output_id: str) -> HttpResponseBase:
    """Show one output to its reviewer, and take the decision."""
    found = queries.output_for(actor_of(request), output_id)
    form = given(request, "reason", "release")
    if request.method != "POST":
        return _output(request, found, form)
    decided, problems = attempt(
        lambda: actions.review_output(
            actor=actor_of(request),
            output=found,
            release=form["release"] == "yes",
            reason=form["reason"],
        )
    )
    if decided is None:
        return _output(request, found, form, problems)
    messages.success(request, _("审核意见已记录。"))
    return redirect("outputs")


def _output(
    request: HttpRequest, found: Output, form: dict[str, str], problems: tuple[Problem, ...] = ()
) -> HttpResponseBase:
    view = analysis_of(actor_of(request), found)
    return show(
        request,
        "studies/output.html",
        problems,
        output=found,
        a=view,
        study=found.run.study,
        form=form,
    )


@for_roles(*READERS)
def numbers(request: HttpRequest, output_id: str) -> HttpResponseBase:
    """Give a released result as JSON: the numbers behind figure and table."""
    actor = actor_of(request)
    result = queries.visible_result(actor, queries.output_for(actor, output_id))
    if result is None:
        raise fail(NOT_FOUND, output_id, "output")
    return JsonResponse(result, json_dumps_params={"ensure_ascii": False})
