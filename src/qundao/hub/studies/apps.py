"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The studies desk: locked protocols, tasks, answers, released results."""

    name = "qundao.hub.studies"
    label = "studies"
    verbose_name = "研究"

    def ready(self) -> None:
        """Put this desk's handlers of node messages into their table."""
        from qundao.hub.studies import actions  # noqa: F401
