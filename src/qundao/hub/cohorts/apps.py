"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    """The desk of cohort definitions."""

    name = "qundao.hub.cohorts"
    label = "cohorts"
    verbose_name = "人群定义"
