"""What the frame of every page shows beside its text."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from qundao.hub.common.actors import VISITOR
from qundao.hub.pages.navigation import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables `nav` and `role_names`."""
    actor = getattr(request, "actor", VISITOR)
    return {
        "nav": navigation(request, actor),
        "role_names": tuple(role.words for role in sorted(actor.roles)),
    }
