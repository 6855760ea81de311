"""Addresses: each desk's pages, the gateway for nodes, the API, the read-only tables."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from qundao.hub.common.api import api


def _desks(part: str) -> list[tuple[str, ModuleType]]:
    """Return the module `part` of every desk that has one, with the desk's label."""
    ours = [a for a in apps.get_app_configs() if a.name.startswith("qundao.hub.")]
    names = [(a.label, f"{a.name}.{part}") for a in ours if a.name != "qundao.hub.common"]
    return [(label, import_module(name)) for label, name in names if find_spec(name)]


for _label, _module in _desks("api"):
    api.add_router(f"/{_label}/", _module.router, tags=[_label])

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(module)) for _, module in _desks("urls")),
    path("node/v1/", include("qundao.hub.nodes.gateway")),
    path("api/v1/", api.urls),
    path("tables/", admin.site.urls),
]

handler400 = "qundao.hub.common.errors.bad_request"
handler403 = "qundao.hub.common.errors.permission_denied"
handler404 = "qundao.hub.common.errors.not_found"
handler500 = "qundao.hub.common.errors.server_error"
