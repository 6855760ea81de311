"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.auditlog.models import LoggedEvent, SignedTreeHead
from qundao.hub.common.admin import show

show(LoggedEvent, "sequence", "at", "actor", "organisation", "action", "subject")
show(SignedTreeHead, "size", "at", "root", "key")
