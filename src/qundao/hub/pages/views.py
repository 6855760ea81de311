"""The first screens: the network for everybody, the desk for each role, the guide for visitors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from qundao.hub.nodes import queries as nodes
from qundao.hub.pages.view import for_roles, show


def home(request: HttpRequest) -> HttpResponseBase:
    """Show the network: nodes, records, freshness, questions answered."""
    return show(request, "pages/home.html", nodes=nodes.nodes())


@for_roles()
def desk(request: HttpRequest) -> HttpResponseBase:
    """Show what waits for the reader, role by role."""
    return show(request, "pages/desk.html")


def guide(request: HttpRequest) -> HttpResponseBase:
    """Tell how to take part: steps, time limits, costs, rights and privacy."""
    return show(request, "pages/guide.html")
