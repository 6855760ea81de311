"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class ExploreConfig(AppConfig):
    """The feasibility desk: noisy banded counts before any approval."""

    name = "qundao.hub.explore"
    label = "explore"
    verbose_name = "人数试算"

    def ready(self) -> None:
        """Put this desk's handlers of node messages into their table."""
        from qundao.hub.explore import actions  # noqa: F401
