"""Which published tariff is in force: the calendar's, unless the operator has decided."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from qundao.credits.policy import DEFAULT_POLICY, CreditPolicy
from qundao.credits.tariff import TARIFFS, Tariff, tariff_on
from qundao.hub.common.clock import now
from qundao.hub.ledger.codes import UNKNOWN_TARIFF
from qundao.hub.ledger.models import TariffDecision
from qundao.kernel.errors import fail


def today() -> date:
    """Return the day in the platform's time zone."""
    return timezone.localdate(now())


def tariff_in_force(day: date | None = None) -> Tariff:
    """Return the tariff in force on a day (default: today)."""
    on = day or today()
    decided = TariffDecision.objects.filter(effective_from__lte=on).last()
    return published_tariff(decided.version) if decided else tariff_on(on)


def published_tariff(version: str) -> Tariff:
    """Return a published tariff. Raises `ledger.unknown_tariff`."""
    for tariff in TARIFFS:
        if tariff.version == version:
            return tariff
    raise fail(UNKNOWN_TARIFF, version, known=", ".join(t.version for t in TARIFFS))


def policy_in_force() -> CreditPolicy:
    """Return the credit policy that the alliance has agreed on."""
    return DEFAULT_POLICY
