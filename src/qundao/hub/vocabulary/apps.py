"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class VocabularyConfig(AppConfig):
    """The desk of the reported vocabulary."""

    name = "qundao.hub.vocabulary"
    label = "vocabulary"
    verbose_name = "节点词表"

    def ready(self) -> None:
        """Put this desk's handlers of node messages into their table."""
        from qundao.hub.vocabulary import actions  # noqa: F401
