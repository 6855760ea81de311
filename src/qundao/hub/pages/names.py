"""Names for the ids that events, answers and the ledger carry, looked up together for one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from qundao.hub.applications.models import Agreement
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.models import Node
from qundao.hub.pages.components import Text
from qundao.kernel.words import Words

_FIXED: dict[str, Text] = {
    "hub": Words("平台", "the hub"),
    "visitor": Words("访客", "a visitor"),
    "starter": Words("入会起步积分", "starter grant"),
}
_NODE = "node:"


def names_of(ids: Iterable[str]) -> dict[str, Text]:
    """Return the names of users, organisations and nodes; an id without a name is left out."""
    wanted = {i for i in ids if i}
    found: dict[str, Text] = {k: v for k, v in _FIXED.items() if k in wanted}
    found |= dict(User.objects.filter(pk__in=wanted).values_list("pk", "display_name"))
    found |= {m.pk: m.words for m in Organisation.objects.filter(pk__in=wanted)}
    return found | _nodes(wanted)


def _nodes(wanted: set[str]) -> dict[str, Text]:
    nodes = Node.objects.filter(pk__in={i.removeprefix(_NODE) for i in wanted})
    names = {n.pk: Words(f"节点 {n.name}", f"node {n.name}") for n in nodes}
    return {i: names[i.removeprefix(_NODE)] for i in wanted if i.removeprefix(_NODE) in names}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a movement of credits is about: its title, and its page if it has one."""

    title: Text
    url: str = ""


def matters_of(references: Iterable[str]) -> dict[str, Matter]:
    """Return titles and addresses of datasets and agreements; others are left out."""
    wanted = set(references)
    found = {k: Matter(v) for k, v in _FIXED.items() if k in wanted}
    for version in DatasetVersion.objects.filter(pk__in=wanted):
        url = reverse("dataset", args=[version.pk])
        title = Words(f"{version.pk} {version.title_zh}", f"{version.pk} {version.title_en}")
        found[version.pk] = Matter(title, url)
    held = Agreement.objects.filter(pk__in=wanted).select_related("application")
    return found | {a.pk: _agreement(a) for a in held}


def _agreement(agreement: Agreement) -> Matter:
    application = agreement.application
    return Matter(application.title, reverse("application", args=[application.pk]))
