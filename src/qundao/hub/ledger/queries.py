"""Reads: balances, statements, what credits came from, and whether the ledger keeps its laws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from qundao.credits.accounts import AccountKind
from qundao.credits.checks import Row, check_ledger
from qundao.credits.holdings import Balance
from qundao.credits.lots import OriginKind
from qundao.credits.postings import Transaction, TransactionKind
from qundao.credits.statement import StatementLine, statement
from qundao.hub.common.clock import now
from qundao.hub.ledger.holdings import holdings
from qundao.hub.ledger.models import CreditPosting, CreditTransaction
from qundao.kernel.errors import Problem


@dataclass(frozen=True, slots=True)
class Amounts:
    """An organisation's credits at this moment, micro-credits.

    spendable is what is available and has not expired; debt blocks spending.
    """

    owner: str
    spendable: int
    pending: int
    held: int
    expired: int
    debt: int


def balance(owner: str) -> Amounts:
    """Return what an organisation has."""
    held = holdings(owner)
    return Amounts(
        owner,
        sum(b.amount for b in held.spendable(now())),
        held.total(AccountKind.PENDING),
        held.total(AccountKind.ESCROW),
        held.total(AccountKind.EXPIRED),
        held.debt,
    )


def lots(owner: str) -> tuple[Balance, ...]:
    """Return what can be spent, with what it came from, in the order of spending."""
    return holdings(owner).spendable(now())


def transactions(owner: str = "", reference: str = "") -> QuerySet[CreditTransaction]:
    """Return transactions (of an owner, about a matter), oldest first, ready to be read."""
    found = CreditTransaction.objects.prefetch_related("postings__lot").order_by("number")
    if owner:
        theirs = CreditPosting.objects.filter(owner=owner).values("transaction_id")
        found = found.filter(number__in=theirs)
    return found.filter(reference=reference) if reference else found


def statement_of(
    owner: str, since: datetime | None = None, until: datetime | None = None
) -> tuple[StatementLine, ...]:
    """Return an organisation's statement, oldest line first (`since` included, `until` not)."""
    rows = transactions(owner)
    opening: dict[AccountKind, int] = {}
    if since:
        opening = _opening(owner, since)
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    return tuple(statement(_read(rows), owner, opening))


def held_for(owner: str, matter: str) -> int:
    """Return what an organisation has put aside for a matter."""
    return holdings(owner).held_for(matter)


def earned(accession: str) -> int:
    """Return what was minted for a dataset version, reversed mints not counted."""
    minted = CreditTransaction.objects.filter(kind=TransactionKind.MINT, reference=accession)
    standing = minted.exclude(id__in=_reversed()).values("number")
    issued = CreditPosting.objects.filter(account=AccountKind.ISSUANCE)
    return -_sum(issued.filter(transaction__in=standing))


def totals() -> dict[AccountKind, int]:
    """Return the sum of every kind of account over all organisations."""
    rows = CreditPosting.objects.order_by().values("account").annotate(total=Sum("amount"))
    found = {row["account"]: int(row["total"]) for row in rows}
    return {kind: found.get(str(kind), 0) for kind in AccountKind}


def standing_transactions(owner: str) -> Iterator[Transaction]:
    """Yield an organisation's transactions that were not reversed."""
    return _read(transactions(owner).exclude(id__in=_reversed()))


def clawed_back(lot_id: str) -> int:
    """Return what clawbacks of a lot took so far, reversed ones not counted."""
    of_lot = Q(lot_id=lot_id) | Q(lot__subject=lot_id, lot__origin=OriginKind.DEBT)
    return _sum(
        CreditPosting.objects.filter(of_lot, account=AccountKind.ISSUANCE)
        .filter(transaction__kind=TransactionKind.CLAWBACK)
        .exclude(transaction__id__in=_reversed())
    )


def broken_laws(closed_matters: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Return every law that the stored ledger breaks, trusting nothing but its rows."""
    return check_ledger(list(_rows()), closed_matters)


def _opening(owner: str, before: datetime) -> dict[AccountKind, int]:
    rows = CreditPosting.objects.filter(owner=owner, transaction__at__lt=before)
    sums = rows.order_by().values("account").annotate(total=Sum("amount"))
    return {AccountKind(row["account"]): int(row["total"]) for row in sums}


def _read(rows: QuerySet[CreditTransaction]) -> Iterator[Transaction]:
    return (row.transaction() for row in rows.iterator(chunk_size=500))


def _reversed() -> QuerySet[CreditTransaction, Any]:
    return CreditTransaction.objects.filter(kind=TransactionKind.REVERSE).values("reference")


def _sum(rows: QuerySet[CreditPosting]) -> int:
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def _rows() -> Iterator[Row]:
    """Yield the postings as they are stored, past every constructor."""
    stored = CreditPosting.objects.select_related("transaction", "lot")
    for p in stored.order_by("transaction_id", "id").iterator(chunk_size=1000):
        head, lot = p.transaction, p.lot
        yield Row(
            head.id,
            head.kind,
            head.at,
            head.idempotency_key,
            head.reference,
            p.account,
            p.owner,
            p.matter,
            lot.id,
            lot.owner,
            lot.opened_at,
            lot.expires_at,
            p.amount,
        )
