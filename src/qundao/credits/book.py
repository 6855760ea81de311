"""The ledger in memory: transactions in order, and what follows from them.

The hub keeps the same in tables; this is how a ledger is read back, tried out and checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from qundao.credits.accounts import ISSUANCE, Account, AccountKind
from qundao.credits.admission import objections, reversal_objections
from qundao.credits.codes import KEY_REUSED, LOT_CHANGED
from qundao.credits.holdings import Balance, Holdings
from qundao.credits.lots import Lot, OriginKind
from qundao.credits.postings import Transaction, TransactionKind, net_changes
from qundao.kernel.errors import Problem, problem, raise_if

ArmsLength = Callable[[str, str], bool]
"""Whether a payer and a contributor are independent of each other."""


class Book:
    """An append-only ledger. `apply` either posts a whole transaction or changes nothing."""

    def __init__(self, transactions: Iterable[Transaction] = ()) -> None:
        self._transactions: list[Transaction] = []
        self._by_key: dict[str, Transaction] = {}
        self._by_id: dict[str, Transaction] = {}
        self._reversed: set[str] = set()
        self._lots: dict[str, Lot] = {}
        self._balances: dict[str, dict[tuple[Account, str], int]] = defaultdict(dict)
        for transaction in transactions:
            raise_if(self.apply(transaction))

    def apply(self, transaction: Transaction) -> tuple[Problem, ...]:
        """Post a transaction; return why not, if not.

        A transaction that was posted before, under the same key, changes nothing and is fine.
        """
        if self._by_key.get(transaction.idempotency_key) == transaction:
            return ()
        wrong = self._objections(transaction)
        if not wrong:
            self._post(transaction)
        return wrong

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """Return every transaction, in the order of posting."""
        return tuple(self._transactions)

    @property
    def lots(self) -> Mapping[str, Lot]:
        """Return every lot ever opened, by id."""
        return dict(self._lots)

    @property
    def owners(self) -> tuple[str, ...]:
        """Return the organisations that ever had an account, sorted."""
        return tuple(sorted(owner for owner in self._balances if owner != ISSUANCE.owner))

    def holdings(self, owner: str) -> Holdings:
        """Return what an organisation holds now."""
        held = self._balances.get(owner, {})
        return Holdings(
            owner,
            tuple(
                Balance(account, self._lots[lot], amount) for (account, lot), amount in held.items()
            ),
        )

    def total(self, kind: AccountKind, owner: str) -> int:
        """Return the sum of an organisation's accounts of one kind."""
        held = self._balances.get(owner, {})
        return sum(amount for (account, _), amount in held.items() if account.kind is kind)

    def with_key(self, idempotency_key: str) -> Transaction | None:
        """Return the transaction that was posted under a key."""
        return self._by_key.get(idempotency_key)

    def clawed_back(self, lot_id: str) -> int:
        """Return what clawbacks of a lot took so far, reversed ones not counted."""
        return sum(
            _clawed_from(transaction, lot_id)
            for transaction in self._transactions
            if transaction.kind is TransactionKind.CLAWBACK and transaction.id not in self._reversed
        )

    def months_of_use(self, owner: str, arms_length: ArmsLength) -> Mapping[str, int]:
        """Return, by accession, in how many calendar months independent others paid for use."""
        standing = (t for t in self._transactions if t.id not in self._reversed)
        return months_of_use(standing, owner, arms_length)

    def _objections(self, transaction: Transaction) -> tuple[Problem, ...]:
        found = []
        if transaction.idempotency_key in self._by_key or transaction.id in self._by_id:
            found.append(problem(KEY_REUSED, transaction.idempotency_key, transaction.id))
        for lot_id, lot in transaction.lots.items():
            if self._lots.get(lot_id, lot) != lot:
                found.append(problem(LOT_CHANGED, repr(lot), transaction.id, lot=lot_id))
        held = {owner: self.holdings(owner) for owner in transaction.owners}
        judged = objections(transaction, held)
        found += [objection for objection in judged if objection not in found]
        if transaction.kind is TransactionKind.REVERSE:
            original = self._by_id.get(transaction.reference)
            done = transaction.reference in self._reversed
            found += reversal_objections(transaction, original, already_reversed=done)
        return tuple(found)

    def _post(self, transaction: Transaction) -> None:
        self._transactions.append(transaction)
        self._by_key[transaction.idempotency_key] = transaction
        self._by_id[transaction.id] = transaction
        self._lots.update(transaction.lots)
        if transaction.kind is TransactionKind.REVERSE:
            self._reversed.add(transaction.reference)
        for (account, lot), change in net_changes(transaction).items():
            held = self._balances[account.owner]
            held[account, lot] = held.get((account, lot), 0) + change
            if not held[account, lot]:
                del held[account, lot]


def months_of_use(
    transactions: Iterable[Transaction], owner: str, arms_length: ArmsLength
) -> Mapping[str, int]:
    """Return, by accession, in how many calendar months independent others paid `owner` for use.

    transactions: those that were not reversed.
    """
    months: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for transaction in transactions:
        if transaction.kind is not TransactionKind.CAPTURE:
            continue
        payers = {p.account.owner for p in transaction.postings if p.account.matter}
        if not all(arms_length(payer, owner) for payer in payers):
            continue
        for lot in transaction.lots.values():
            if lot.owner == owner and lot.origin is OriginKind.USE:
                months[lot.subject].add((transaction.at.year, transaction.at.month))
    return {accession: len(used) for accession, used in months.items()}


def _clawed_from(transaction: Transaction, lot_id: str) -> int:
    lots = transaction.lots.values()
    ours = {lot.id for lot in lots if lot.id == lot_id or lot.subject == lot_id}
    return sum(p.amount for p in transaction.postings if p.account == ISSUANCE and p.lot.id in ours)
