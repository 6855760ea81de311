"""Reading what an organisation holds: summed from the postings, which are the only truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Sum

from qundao.credits.accounts import Account, AccountKind
from qundao.credits.holdings import Balance, Holdings
from qundao.credits.lots import Lot
from qundao.hub.ledger.models import CreditLot, CreditPosting


def holdings(owner: str) -> Holdings:
    """Return every balance of an organisation that is not zero."""
    return holdings_of([owner])[owner]


def holdings_of(owners: Iterable[str]) -> Mapping[str, Holdings]:
    """Return the holdings of several organisations, in two queries."""
    wanted = sorted(set(owners))
    sums = list(
        CreditPosting.objects.filter(owner__in=wanted)
        .order_by()
        .values("owner", "account", "matter", "lot_id")
        .annotate(total=Sum("amount"))
        .exclude(total=0)
    )
    lots = _lots({row["lot_id"] for row in sums})
    found: dict[str, list[Balance]] = {owner: [] for owner in wanted}
    for row in sums:
        account = Account(AccountKind(row["account"]), row["owner"], row["matter"])
        found[row["owner"]].append(Balance(account, lots[row["lot_id"]], int(row["total"])))
    return {owner: Holdings(owner, tuple(balances)) for owner, balances in found.items()}


def _lots(ids: Iterable[str]) -> Mapping[str, Lot]:
    return {row.id: row.lot() for row in CreditLot.objects.filter(id__in=list(ids))}
