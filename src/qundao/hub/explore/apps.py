"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class ExploreConfig(AppConfig):
    """The feasibility desk: noisy banded counts before any approval."""

    name = "qundao.hub.explore"
    label = "explore"
    verbose_name = "人数试算"
