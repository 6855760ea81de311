"""The pages of this desk: the library, one definition in its versions, uploading one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.hub.cohorts import actions, queries
from qundao.hub.cohorts.builder.show import show as show_in_builder
from qundao.hub.cohorts.models import CohortDefinition, DefinitionVersion, VersionState
from qundao.hub.cohorts.reading import MOST_MB, read_upload, sent_bytes
from qundao.hub.cohorts.shown import TONES, circe_text, has_circe, view_of
from qundao.hub.common.actors import Actor
from qundao.hub.common.pagination import paginate
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.hub.vocabulary.queries import abilities
from qundao.kernel.errors import Problem
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

READERS = tuple(Role)  # the whole alliance reads, as by the API
WRITERS = actions.WRITERS
MOST_TOLD = 100


@for_roles(*READERS)
def cohorts(request: HttpRequest) -> HttpResponseBase:
    """List the definitions in use by name, with own drafts and what waits for a release."""
    actor = actor_of(request)
    query = request.GET.get("q", "").strip()
    page = paginate(queries.newest_versions(query), request.GET.get("page"), size=20)
    released = queries.newest_released(v.definition_id for v in page.items)
    waiting = queries.proposed_versions() if actor.has(Role.REVIEWER) else []
    return show(
        request,
        "cohorts/cohorts.html",
        q=query,
        page=page,
        rows=[(v, v.state, TONES[v.state], released.get(v.definition_id)) for v in page.items],
        waiting=[v for v in waiting if v.definition.organisation_id != actor.organisation],
        drafts=queries.drafts_of(actor)[:10],
        writes=_writes(actor),
    )


@for_roles(*READERS)
def cohort(request: HttpRequest, cohort_id: str, number: int | None = None) -> HttpResponseBase:
    """Show one version in words, with warnings, concept sets, versions, and what to do with it."""
    return _cohort(request, queries.version(cohort_id, number))


def _cohort(
    request: HttpRequest, found: DefinitionVersion, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    actor, held = actor_of(request), found.definition
    population = found.population
    before = queries.versions_of(held).filter(number=found.number - 1).first()
    state = found.state
    reader = get_language() or "zh-hans"
    return show(
        request,
        "cohorts/cohort.html",
        problems,
        v=found,
        held=held,
        view=view_of(population, found.circe),
        state=state,
        tone=TONES[state],
        decisions=found.decisions.select_related("by"),
        versions=[(x, x.state, TONES[x.state]) for x in queries.versions_of(held)],
        before=before,
        lines=queries.difference(before, found, reader) if before else (),
        beyond=show_in_builder(population).beyond,
        has_circe=has_circe(found),
        abilities=abilities(population),
        own=_owns(actor, held) and not held.retired_at,
        writes=_writes(actor),
        may_retire=(_owns(actor, held) or actor.has(Role.OPERATOR)) and not held.retired_at,
        may_decide=_decides(actor, found, state),
        may_withdraw=state is VersionState.RELEASED and actor.has(Role.REVIEWER),
        released=state is VersionState.RELEASED and not held.retired_at,
    )


def _writes(actor: Actor) -> bool:
    return bool(actor.organisation) and actor.has(*WRITERS)


def _owns(actor: Actor, held: CohortDefinition) -> bool:
    return _writes(actor) and actor.organisation == held.organisation_id


def _decides(actor: Actor, found: DefinitionVersion, state: VersionState) -> bool:
    other = actor.organisation != found.definition.organisation_id
    proposed = state is VersionState.PROPOSED and not found.definition.retired_at
    return proposed and other and actor.has(Role.REVIEWER)


@for_roles(*WRITERS)
def upload(request: HttpRequest, cohort_id: str = "") -> HttpResponseBase:
    """Take a definition as a file or as text; with an id it becomes that one's next version."""
    held = queries.definition(cohort_id) if cohort_id else None
    form = given(request, "name_zh", "name_en", "note", "text")
    if request.method != "POST":
        return _upload(request, held, form)
    kept, problems = attempt(lambda: _keep(request, held, form))
    if kept is None:
        return _upload(request, held, form, problems)
    messages.success(request, _("定义已保存。"))
    return redirect("cohort_version", kept.definition_id, kept.number)


def _keep(
    request: HttpRequest, held: CohortDefinition | None, form: dict[str, str]
) -> DefinitionVersion:
    zh, en = form["name_zh"] or form["name_en"], form["name_en"] or form["name_zh"]
    name = held.words if held else Words(zh or "–", en or "–")
    read = read_upload(sent_bytes(request), name.zh)
    actor, note = actor_of(request), form["note"]
    if held:
        return actions.add_version(
            actor=actor, definition=held, population=read.population, circe=read.circe, note=note
        )
    named = _file_name(request)
    if not zh and named:
        name = Words(named, named)
    return actions.define_cohort(
        actor=actor, name=name, population=read.population, circe=read.circe, note=note
    )


def _file_name(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    return (file.name or "").removesuffix(".json")[: actions.LONGEST_NAME] if file else ""


def _upload(
    request: HttpRequest,
    held: CohortDefinition | None,
    form: dict[str, str],
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    return show(
        request,
        "cohorts/upload.html",
        problems[:MOST_TOLD],
        held=held,
        form=form,
        most=MOST_MB,
        more=max(0, len(problems) - MOST_TOLD),
    )


@for_roles(*READERS)
def circe(request: HttpRequest, cohort_id: str, number: int) -> HttpResponseBase:  # noqa: ARG001
    """Give a version as Circe JSON, as a file."""
    found = queries.version(cohort_id, number)
    answer = HttpResponse(circe_text(found), content_type="application/json; charset=utf-8")
    name = f"{cohort_id}-{number}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@for_roles(*WRITERS, Role.OPERATOR)
@require_POST
def retire(request: HttpRequest, cohort_id: str) -> HttpResponseBase:
    """Take a definition out of use."""
    held = queries.definition(cohort_id)
    reason = given(request, "reason")["reason"]
    gone, problems = attempt(
        lambda: actions.retire_cohort(actor=actor_of(request), definition=held, reason=reason)
    )
    if gone is None:
        return _cohort(request, queries.version(cohort_id), problems)
    messages.success(request, _("定义已停用；已有的版本与使用它的研究不变。"))
    return redirect("cohort", cohort_id)


@for_roles(*WRITERS)
@require_POST
def propose(request: HttpRequest, cohort_id: str, number: int) -> HttpResponseBase:
    """Ask for a version's release to exploring."""
    found = queries.version(cohort_id, number)
    asked, problems = attempt(
        lambda: actions.propose_version(actor=actor_of(request), version=found)
    )
    if asked is None:
        return _cohort(request, found, problems)
    messages.success(request, _("已提请放行；由别的单位的审查员核对。"))
    return redirect("cohort_version", cohort_id, number)


@for_roles(Role.REVIEWER)
@require_POST
def decide(request: HttpRequest, cohort_id: str, number: int) -> HttpResponseBase:
    """Release a version to exploring, or return it with a reason."""
    found = queries.version(cohort_id, number)
    form = given(request, "release", "reason")
    decided, problems = attempt(
        lambda: actions.decide_version(
            actor=actor_of(request),
            version=found,
            release=form["release"] == "yes",
            reason=form["reason"],
        )
    )
    if decided is None:
        return _cohort(request, found, problems)
    messages.success(request, _("意见已记录。"))
    return redirect("cohort_version", cohort_id, number)


@for_roles(Role.REVIEWER)
@require_POST
def withdraw(request: HttpRequest, cohort_id: str, number: int) -> HttpResponseBase:
    """Take a version's release back, with a reason."""
    found = queries.version(cohort_id, number)
    reason = given(request, "reason")["reason"]
    gone, problems = attempt(
        lambda: actions.withdraw_release(actor=actor_of(request), version=found, reason=reason)
    )
    if gone is None:
        return _cohort(request, found, problems)
    messages.success(request, _("放行已撤回；已给出的答案与已锁定的方案不变。"))
    return redirect("cohort_version", cohort_id, number)
