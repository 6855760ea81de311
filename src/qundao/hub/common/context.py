"""What every page knows: the platform's name and who is looking."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from qundao import __version__
from qundao.hub.common.actors import VISITOR
from qundao.hub.environment import site_words


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables `site_name`, `qundao_version` and `actor`."""
    return {
        "site_name": site_words(settings.HUB.site_name).in_(get_language() or "zh-hans"),
        "qundao_version": __version__,
        "actor": getattr(request, "actor", VISITOR),
    }
