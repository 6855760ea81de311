"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.common.admin import show
from qundao.hub.ledger.models import CreditLot, CreditPosting, CreditTransaction, TariffDecision

show(CreditTransaction, "id", "kind", "at", "reference", "memo")
show(CreditPosting, "transaction", "account", "owner", "matter", "lot", "amount")
show(CreditLot, "id", "owner", "origin", "subject", "face", "opened_at", "expires_at")
show(TariffDecision, "version", "effective_from", "decided_by", "reason")
