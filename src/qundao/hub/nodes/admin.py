"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.common.admin import show
from qundao.hub.nodes.models import EnrolmentCode, Node, OutgoingMessage

show(Node, "name", "organisation", "state", "software", "fingerprint", "last_seen_at")
show(EnrolmentCode, "organisation", "node_name", "expires_at", "used_at", hidden=("digest",))
show(OutgoingMessage, "id", "node", "type", "subject", "created_at", "acknowledged_at")
