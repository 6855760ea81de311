"""The Django configuration of the pages' components."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Components, figures and first screens; no tables."""

    name = "qundao.hub.pages"
    label = "pages"
    verbose_name = "页面部件"
