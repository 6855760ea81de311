"""The pages of this desk: searching the catalogue, and one dataset in six columns."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.access.terms import read_data_use
from qundao.catalogue import Tier
from qundao.hub.catalogue import actions, queries
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.common.actors import Actor
from qundao.hub.common.pagination import paginate
from qundao.hub.pages.components import Change
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.hub.studies import queries as studies
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

FACETS = {
    "tier": Words("开放层级", "Tier"),
    "data_class": Words("数据类别", "Data class"),
    "model": Words("数据标准", "Standard"),
    "member": Words("成员单位", "Member"),
    "min_score": Words("质量评分", "Quality score"),
}
VARIABLES_SHOWN = 12


def catalogue(request: HttpRequest) -> HttpResponseBase:
    """Search the catalogue by words and facets."""
    query = request.GET.get("q", "").strip()
    chosen = _filters(request)
    facets = queries.facets(query, chosen)
    page = paginate(queries.search(query, chosen), request.GET.get("page"), size=10)
    return show(
        request,
        "catalogue/catalogue.html",
        q=query,
        page=page,
        facets=[(name, words, facets[name]) for name, words in FACETS.items()],
        narrowed=bool(query) or chosen != queries.Filters(),
        records=queries.records(queries.search(query, chosen)),
    )


def _filters(request: HttpRequest) -> queries.Filters:
    texts = {name: request.GET.get(name, "").strip() for name in FACETS}
    score = texts.pop("min_score")
    return queries.Filters(**texts, min_score=int(score) if score.isdigit() else 0)


def dataset(request: HttpRequest, accession: str) -> HttpResponseBase:
    """Show one dataset version: six columns, quality, variables, versions, lineage, credits."""
    found = queries.version(accession)
    profile = found.profile_read
    previous = found.dataset.versions.filter(number=found.number - 1).first()
    return show(
        request,
        "catalogue/dataset.html",
        v=found,
        asks=Tier(found.tier).asks,
        profile=profile,
        variables=profile.variables[:VARIABLES_SHOWN],
        more=max(0, len(profile.variables) - VARIABLES_SHOWN),
        versions=queries.versions_of(found.dataset),
        previous=previous,
        changes=_changes(previous, found) if previous else (),
        studies=studies.studies_over(found.accession),
        terms=_terms(found),
        mine=_may_withdraw(actor_of(request), found),
    )


def _terms(version: DatasetVersion) -> list[tuple[str, Words, str]]:
    """Return the data-use terms that the labels name: code, words, value."""
    data_use = read_data_use(version.labels["data_use"]) if "data_use" in version.labels else None
    held = (data_use.permission, *data_use.modifiers) if data_use else ()
    return [(r.term.code, r.term.words, r.value) for r in held]


_COMPARED: tuple[tuple[Words, Callable[[DatasetVersion], Words | str]], ...] = (
    (Words("标题", "Title"), lambda v: v.words),
    (Words("说明", "Description"), lambda v: v.description_words),
    (Words("数据标准", "Standard"), lambda v: v.model),
    (Words("开放层级", "Tier"), lambda v: v.tier_words),
    (Words("受试者记录", "Subject records"), lambda v: v.profile_read.persons_band.shown),
    (Words("质量评分", "Quality score"), lambda v: f"{v.score_summary.total:g}"),
    (Words("最少人数", "Least people"), lambda v: str(v.min_cell)),
    (Words("最少事件数", "Least events"), lambda v: str(v.event_floor)),
)
"""What the page compares of two versions."""


def _changes(before: DatasetVersion, after: DatasetVersion) -> list[Change]:
    pairs = ((title, read(before), read(after)) for title, read in _COMPARED)
    return [Change(title, old, new) for title, old, new in pairs if old != new]


def _may_withdraw(actor: Actor, version: DatasetVersion) -> bool:
    own = actor.organisation == version.dataset.organisation_id
    return (own and actor.has(Role.STEWARD)) or actor.has(Role.OPERATOR)


def variables(request: HttpRequest, accession: str) -> HttpResponseBase:
    """List every variable of a version with its fill and banded counts."""
    found = queries.version(accession)
    sought = request.GET.get("q", "").strip()
    rows = [
        v
        for v in found.profile_read.variables
        if sought.casefold() in f"{v.table}.{v.name}".casefold()
    ]
    return show(request, "catalogue/variables.html", v=found, variables=rows, q=sought)


@for_roles(Role.STEWARD, Role.OPERATOR)
@require_POST
def withdraw(request: HttpRequest, accession: str) -> HttpResponseBase:
    """Take a dataset out of the catalogue."""
    found = queries.version(accession)
    _done, problems = attempt(
        lambda: actions.withdraw_dataset(
            actor=actor_of(request), dataset=found.dataset, **given(request, "reason")
        )
    )
    if problems:
        return show(request, "catalogue/withdraw.html", problems, v=found)
    messages.success(request, _("数据集已撤下；已有的版本与记录保留。"))
    return redirect("dataset", found.accession)
