"""The statement: what happened to one organisation's credits, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from qundao.credits.accounts import AccountKind
from qundao.credits.postings import Transaction, TransactionKind

COLUMNS = (
    AccountKind.AVAILABLE,
    AccountKind.PENDING,
    AccountKind.ESCROW,
    AccountKind.FEE,
    AccountKind.EXPIRED,
    AccountKind.CLAWBACK_DEBT,
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transaction as its owner sees it. `changes` and `balances` are micro-credits."""

    at: datetime
    transaction: str
    kind: TransactionKind
    reference: str
    memo: str
    changes: Mapping[AccountKind, int]
    balances: Mapping[AccountKind, int]

    @property
    def available(self) -> int:
        """Return the change of what is available."""
        return self.changes[AccountKind.AVAILABLE]

    @property
    def balance(self) -> int:
        """Return what was available afterwards."""
        return self.balances[AccountKind.AVAILABLE]


def statement(
    transactions: Iterable[Transaction],
    owner: str,
    opening: Mapping[AccountKind, int] | None = None,
) -> Iterator[StatementLine]:
    """Yield a line for each transaction that touches `owner`, with running balances.

    opening: the balances before the first of them, for a statement that begins in the middle.
    """
    balances = {kind: (opening or {}).get(kind, 0) for kind in COLUMNS}
    for transaction in transactions:
        if owner not in transaction.owners:
            continue
        changes = {kind: transaction.change(kind, owner) for kind in COLUMNS}
        balances = {kind: balances[kind] + changes[kind] for kind in COLUMNS}
        yield StatementLine(
            transaction.at,
            transaction.id,
            transaction.kind,
            transaction.reference,
            transaction.memo,
            changes,
            balances,
        )
