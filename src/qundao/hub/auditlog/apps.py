"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class AuditLogConfig(AppConfig):
    """The audit log kept in the hub's database, with its tree, heads and proofs."""

    name = "qundao.hub.auditlog"
    label = "auditlog"
    verbose_name = "审计日志"
