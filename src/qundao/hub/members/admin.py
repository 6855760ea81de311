"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.common.admin import show
from qundao.hub.members.models import Alliance, ApiToken, HeldRole, Organisation, User

show(Alliance, "name_zh", "region", "created_at")
show(Organisation, "name_zh", "kind", "region", "state", "joined_at")
show(User, "username", "display_name", "organisation", "is_active", hidden=("password",))
show(HeldRole, "user", "role")
show(ApiToken, "user", "name", "hint", "expires_at", "revoked_at", hidden=("digest",))
