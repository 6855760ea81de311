"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The studies desk: locked protocols, tasks, answers, released results."""

    name = "qundao.hub.studies"
    label = "studies"
    verbose_name = "研究"
