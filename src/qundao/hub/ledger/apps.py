"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The credit ledger kept in the hub's database."""

    name = "qundao.hub.ledger"
    label = "ledger"
    verbose_name = "积分账本"
