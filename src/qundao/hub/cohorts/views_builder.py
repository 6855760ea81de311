"""The builder's pages: a form kept as a draft, live words beside it, search for concepts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.hub.cohorts import actions, queries
from qundao.hub.cohorts.builder import choices
from qundao.hub.cohorts.builder.make import Made, make
from qundao.hub.cohorts.builder.show import show as as_form
from qundao.hub.cohorts.builder.tree import LONGEST, Tree, change, empty_form, read_form, whole
from qundao.hub.cohorts.builder.units import units_called
from qundao.hub.cohorts.models import BuilderDraft, DefinitionVersion
from qundao.hub.cohorts.shown import sentence, uploaded_names
from qundao.hub.pages.view import actor_of, attempt, for_roles, show
from qundao.hub.vocabulary.queries import (
    concepts_named,
    found_at_most,
    reports,
    tells_chinese,
    units_named,
)
from qundao.kernel.errors import Problem, raise_if
from qundao.kernel.words import Words
from qundao.query.warnings import design_warnings

WRITERS = actions.WRITERS


@for_roles(*WRITERS)
@require_POST
def build(request: HttpRequest) -> HttpResponseBase:
    """Begin a draft with an empty form."""
    made = actions.start_draft(actor=actor_of(request), form=empty_form())
    return redirect("cohort_draft", made.id)


@for_roles(*WRITERS)
@require_POST
def open_in(request: HttpRequest, cohort_id: str, number: int) -> HttpResponseBase:
    """Begin a draft from a version, if the form can show all of it; own ones become versions."""
    found = queries.version(cohort_id, number)
    shown = as_form(found.population)
    if shown.beyond:
        return redirect("cohort_version", cohort_id, number)
    actor, held = actor_of(request), found.definition
    own = actor.organisation == held.organisation_id and not held.retired_at
    form = shown.form | {"name_zh": held.name_zh, "name_en": held.name_en}
    names = uploaded_names(found.circe)
    for item in (i for one in form["sets"] for i in one["items"]):
        item["label"] = names.get(int(item["id"]), "")[:LONGEST]
    made = actions.start_draft(
        actor=actor, form=form, definition=held if own else None, based_on=number if own else 0
    )
    return redirect("cohort_draft", made.id)


@for_roles(*WRITERS)
def draft(request: HttpRequest, draft_id: str) -> HttpResponseBase:
    """Show a draft's form; a post does what its button asks, and keeps whatever was typed."""
    found = queries.draft(actor_of(request), draft_id)
    if request.method != "POST":
        return _page(request, found, whole(found.form))
    form = read_form(request.POST.dict())
    asked = request.POST.get("do", "")
    place = change(form, asked)
    actions.keep_draft(actor=actor_of(request), draft=found, form=form)
    if asked == "save":
        return _save(request, found, form)
    if request.headers.get("HX-Request"):
        return _parts(request, found, form, place=place, checked=asked == "check")
    return redirect(f"{reverse('cohort_draft', args=[found.id])}#p-{place.replace('.', '-')}")


def _save(request: HttpRequest, found: BuilderDraft, form: Tree) -> HttpResponseBase:
    kept, problems = attempt(lambda: _keep(request, found, form))
    live = bool(request.headers.get("HX-Request"))
    if kept is None:
        answer = _parts if live else _page
        return answer(request, found, form, problems=problems, checked=True)
    messages.success(request, _("定义已保存。"))
    address = reverse("cohort_version", args=[kept.definition_id, kept.number])
    if not live:
        return redirect(address)
    return HttpResponse(status=204, headers={"HX-Redirect": address})


def _keep(request: HttpRequest, found: BuilderDraft, form: Tree) -> DefinitionVersion:
    made, actor = _made(form), actor_of(request)
    raise_if(made.problems)
    assert made.population is not None  # whatever prevents it is a problem
    name = Words(form["name_zh"] or form["name_en"], form["name_en"] or form["name_zh"])
    if found.definition:
        version = actions.add_version(
            actor=actor,
            definition=found.definition,
            population=made.population,
            note=form["note"],
            name=name,
        )
    else:
        version = actions.define_cohort(
            actor=actor, name=name, population=made.population, note=form["note"]
        )
    actions.drop_draft(actor=actor, draft=found)
    return version


@for_roles(*WRITERS)
@require_POST
def words(request: HttpRequest, draft_id: str) -> HttpResponseBase:
    """Keep what is typed and return it as sentences, with what is missing."""
    found = queries.draft(actor_of(request), draft_id)
    form = read_form(request.POST.dict())
    actions.keep_draft(actor=actor_of(request), draft=found, form=form)
    return show(request, "cohorts/_words.html", **_said(_made(form)), draft=found)


@for_roles(*WRITERS)
@require_POST
def drop(request: HttpRequest, draft_id: str) -> HttpResponseBase:
    """Throw a draft away."""
    found = queries.draft(actor_of(request), draft_id)
    actions.drop_draft(actor=actor_of(request), draft=found)
    messages.success(request, _("草稿已删除。"))
    return redirect("cohorts")


@for_roles(*WRITERS)
def concepts(request: HttpRequest) -> HttpResponseBase:
    """Return concepts for one set of the form, while a name, code or number is being typed."""
    number = request.GET.get("set", "0")
    query = request.GET.get(f"sets.{number}.q", "").strip()
    return show(
        request,
        "cohorts/_found.html",
        **found_at_most(query),
        number=number,
        q=query,
        chinese=tells_chinese(),
    )


def _page(
    request: HttpRequest,
    found: BuilderDraft,
    form: Tree,
    problems: tuple[Problem, ...] = (),
    *,
    checked: bool = False,
) -> HttpResponse:
    context = _context(found, form, checked=checked)
    return show(request, "cohorts/build.html", problems, **context)


def _parts(
    request: HttpRequest,
    found: BuilderDraft,
    form: Tree,
    problems: tuple[Problem, ...] = (),
    *,
    place: str = "",
    checked: bool = False,
) -> HttpResponse:
    context = _context(found, form, checked=checked) | {"place": place.replace(".", "-")}
    return show(request, "cohorts/_parts.html", problems, **context, swapped=True)


def _made(form: Tree) -> Made:
    return make(form, lambda text: units_called(text) or units_named(text))


def _context(found: BuilderDraft, form: Tree, *, checked: bool) -> dict[str, object]:
    made = _made(form)
    ids = [int(i["id"]) for s in form["sets"] for i in s["items"] if i["id"].isdecimal()]
    return {
        "draft": found,
        "form": form,
        "c": choices,
        "set_choices": _set_choices(form),
        "known": {str(k): v for k, v in concepts_named(ids).items()},
        "hits": [found_at_most(s["q"]) for s in form["sets"]],
        "reported": reports().count(),
        "chinese": tells_chinese(),
        "marks": _marks(made) if checked else {},
        **_said(made),
    }


def _set_choices(form: Tree) -> list[tuple[str, Words]]:
    any_of = ("", Words("任意概念", "any concept"))
    named = [(s["key"], s["name"] or f"{i + 1}") for i, s in enumerate(form["sets"])]
    return [any_of, *((key, Words(name, name)) for key, name in named)]


def _marks(made: Made) -> dict[str, list[Problem]]:
    """Return the defects by the name of their field."""
    found: dict[str, list[Problem]] = {}
    for p in made.problems:
        found.setdefault(p.where, []).append(p)
    return found


def _said(made: Made) -> dict[str, object]:
    population = made.population
    return {
        "sentence": sentence(population) if population else None,
        "missing": made.problems,
        # What an incomplete place leaves out is not wrong with the rest: a set it names, say.
        "warnings": design_warnings(population) if population and not made.problems else (),
    }
