"""Who a session belongs to: a user in good standing, asked anew at every request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from qundao.hub.members.models import User


class MemberBackend(ModelBackend):
    """Django's own, but a suspended member's sessions end at once, and hold again afterwards.

    Signing in itself is refused in `sign_in`, which can say why.
    """

    def get_user(self, user_id: Any) -> User | None:
        """Return the session's user if they may enter now."""
        user = User.objects.select_related("organisation").filter(pk=user_id).first()
        return user if user is not None and user.may_enter else None
