"""The first screens: the network for everybody, the desk for each role, the guide for visitors."""

from __future__ import annotations

from django.db.models import Max
from django.http import HttpRequest, HttpResponseBase

from qundao.access.states import STATES
from qundao.hub.catalogue import queries as catalogue
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.explore import queries as explore
from qundao.hub.nodes import queries as nodes
from qundao.hub.nodes.models import Node
from qundao.hub.pages.desks import desk_parts
from qundao.hub.pages.view import actor_of, for_roles, show
from qundao.hub.studies import queries as studies


def home(request: HttpRequest) -> HttpResponseBase:
    """Show the network: nodes, records, freshness, questions answered."""
    offered = list(catalogue.newest_versions())
    rows = nodes.nodes().exclude(state=Node.State.REVOKED)
    freshest = DatasetVersion.objects.aggregate(at=Max("registered_at"))["at"]
    return show(
        request,
        "pages/home.html",
        network=catalogue.network(),
        freshest=freshest,
        explored=explore.questions_asked(),
        released=studies.questions_answered(),
        rows=[(n, [v for v in offered if v.dataset.node_id == n.id]) for n in rows],
    )


@for_roles()
def desk(request: HttpRequest) -> HttpResponseBase:
    """Show what waits for the reader, role by role."""
    return show(request, "pages/desk.html", parts=desk_parts(actor_of(request)))


def guide(request: HttpRequest) -> HttpResponseBase:
    """Tell how to take part: steps, time limits, costs, rights and privacy."""
    timed = [facts for facts in STATES.values() if facts.days]
    return show(request, "pages/guide.html", states=timed)
