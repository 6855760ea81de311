"""Posting: lock the purses, ask the rule, judge the transaction once more, write it.

Always inside an action. Purses are locked in the order of their names, so that two transactions
that touch the same organisations cannot wait for each other for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.credits.accounts import ISSUANCE
from qundao.credits.admission import objections, reversal_objections
from qundao.credits.codes import KEY_REUSED, LOT_CHANGED
from qundao.credits.holdings import Holdings
from qundao.credits.ledger import Heading, Outcome
from qundao.credits.postings import Transaction, TransactionKind
from qundao.hub.common.actions import require_transaction
from qundao.hub.common.clock import now
from qundao.hub.ledger.holdings import holdings_of
from qundao.hub.ledger.models import CreditLot, CreditPosting, CreditTransaction, Purse
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.kernel.ids import new_id

Rule = Callable[[Heading, Mapping[str, Holdings]], Outcome]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of the ledger: under which key, about what, touching whose purses.

    request: what makes the order this order; the same key with another request is refused.
    """

    key: str
    reference: str
    owners: tuple[str, ...]
    request: Mapping[str, Any]
    memo: str = ""

    @property
    def digest(self) -> str:
        """Return the digest of the request with what it is about."""
        return digest({"reference": self.reference, **self.request})


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction of the ledger; `again` when it had been posted before, under the same key."""

    transaction: Transaction
    again: bool = False


def post(order: Order, rule: Rule) -> Posted:
    """Post what the rule makes of the order. Raises the `credits.*` problem that forbids it."""
    require_transaction("post")
    lock(order.owners)
    before = CreditTransaction.objects.filter(idempotency_key=order.key).first()
    if before:
        return _again(before, order)
    held = holdings_of(order.owners)
    heading = Heading(new_id("credit"), now(), order.key, order.reference, order.memo)
    outcome = rule(heading, held)
    if isinstance(outcome, Problem):
        raise QundaoError(outcome)
    raise_if(_objections(outcome, held, order.owners))
    _write(outcome, order.digest)
    return Posted(outcome)


def lock(owners: Iterable[str]) -> None:
    """Lock the purses of these organisations until the transaction ends."""
    names = sorted(set(owners))
    Purse.objects.bulk_create([Purse(owner=name) for name in names], ignore_conflicts=True)
    list(Purse.objects.select_for_update().filter(owner__in=names).order_by("owner"))


def read(transaction_id: str) -> Transaction | None:
    """Return a posted transaction, or None."""
    rows = CreditTransaction.objects.prefetch_related("postings__lot")
    found = rows.filter(id=transaction_id).first()
    return found.transaction() if found else None


def _again(before: CreditTransaction, order: Order) -> Posted:
    if before.request != order.digest:
        raise fail(KEY_REUSED, order.key, before.id)
    return Posted(before.transaction(), again=True)


def _objections(
    transaction: Transaction, held: Mapping[str, Holdings], locked: tuple[str, ...]
) -> list[Problem]:
    unlocked = set(transaction.owners) - set(locked)
    if unlocked:
        raise RuntimeError(f"purses that were not locked: {sorted(unlocked)}")
    found = [*objections(transaction, held), *_changed_lots(transaction)]
    if transaction.kind is TransactionKind.REVERSE:
        of = transaction.reference
        done = CreditTransaction.objects.filter(kind=TransactionKind.REVERSE, reference=of)
        found += reversal_objections(transaction, read(of), already_reversed=done.exists())
    return list(dict.fromkeys(found))


def _changed_lots(transaction: Transaction) -> list[Problem]:
    known = {row.id: row.lot() for row in CreditLot.objects.filter(id__in=transaction.lots)}
    return [
        problem(LOT_CHANGED, repr(lot), transaction.id, lot=lot.id)
        for lot in transaction.lots.values()
        if known.get(lot.id, lot) != lot
    ]


def _write(transaction: Transaction, request: str) -> None:
    lots = transaction.lots
    known = set(CreditLot.objects.filter(id__in=lots).values_list("id", flat=True))
    CreditLot.objects.bulk_create(
        CreditLot.from_lot(lot) for lot in lots.values() if lot.id not in known
    )
    row = CreditTransaction(
        id=transaction.id,
        kind=str(transaction.kind),
        at=transaction.at,
        idempotency_key=transaction.idempotency_key,
        reference=transaction.reference,
        memo=transaction.memo,
        request=request,
    )
    row.save()
    CreditPosting.objects.bulk_create(
        CreditPosting(
            transaction=row,
            account=str(p.account.kind),
            owner=p.account.owner,
            matter=p.account.matter,
            lot_id=p.lot.id,
            amount=p.amount,
        )
        for p in transaction.postings
    )


def owners_of(transaction: Transaction) -> tuple[str, ...]:
    """Return whose purses a transaction touches."""
    return tuple(owner for owner in transaction.owners if owner != ISSUANCE.owner)
