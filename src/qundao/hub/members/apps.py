"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """Alliance, member organisations, users, roles, sign-in and API tokens."""

    name = "qundao.hub.members"
    label = "members"
    verbose_name = "联盟与成员"
