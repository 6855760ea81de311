"""The hub as an ASGI application: bounded bodies, static files, then Django."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application
from starlette.types import ASGIApp

from qundao.hub.web import BodyLimit, Lifespan, WithStatic

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qundao.hub.settings")
_django = cast("ASGIApp", get_asgi_application())
application = Lifespan(BodyLimit(WithStatic(_django)))
