"""The Django configuration of the shared parts."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    """What every desk uses; makes the append-only triggers after each migration."""

    name = "qundao.hub.common"
    label = "common"
    verbose_name = "共用部件"

    def ready(self) -> None:
        """Ask to be called after every app's migration."""
        from qundao.hub.common.append_only import install_triggers

        post_migrate.connect(install_triggers, dispatch_uid="qundao.append_only")


class TablesConfig(AdminConfig):
    """Django's admin site, with our own doors."""

    default_site = "qundao.hub.common.admin.Tables"
