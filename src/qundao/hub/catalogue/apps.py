"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """The catalogue desk."""

    name = "qundao.hub.catalogue"
    label = "catalogue"
    verbose_name = "数据目录"

    def ready(self) -> None:
        """Put this desk's handlers of node messages into their table."""
        from qundao.hub.catalogue import handlers  # noqa: F401
