"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """The applications desk: from a draft to a permit."""

    name = "qundao.hub.applications"
    label = "applications"
    verbose_name = "数据使用申请"

    def ready(self) -> None:
        """Put this desk's handlers of node messages into their table."""
        from qundao.hub.applications import actions  # noqa: F401
