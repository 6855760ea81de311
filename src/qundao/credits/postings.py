"""Postings and transactions: the only way in which credits move.

A transaction that exists is sound: every lot in it sums to zero (so the whole does), every
amount is a whole number of micro-credits, a lot only stands on its owner's accounts, and its
kind allows what it does. What depends on balances is judged in `admission`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qundao.credits.accounts import ISSUANCE, Account, AccountKind
from qundao.credits.codes import BAD_POSTING, FORBIDDEN_FLOW, UNBALANCED
from qundao.credits.lots import Lot
from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Posting:
    """So many micro-credits of one lot onto (above 0) or off (below 0) an account."""

    account: Account
    lot: Lot
    amount: int

    def __post_init__(self) -> None:
        raise_if(_posting_defects(self))


class TransactionKind(StrEnum):
    """What a transaction does."""

    GRANT = "grant"
    MINT = "mint"
    VEST = "vest"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    EXPIRE = "expire"
    CLAWBACK = "clawback"
    SETTLE = "settle"
    REVERSE = "reverse"

    @property
    def words(self) -> Words:
        """Return the transaction's name for a statement."""
        return _KINDS[self]


_KINDS = {
    TransactionKind.GRANT: Words("赠予", "grant"),
    TransactionKind.MINT: Words("贡献所得", "earned by contributing"),
    TransactionKind.VEST: Words("解锁", "vested"),
    TransactionKind.HOLD: Words("冻结", "held"),
    TransactionKind.CAPTURE: Words("结算", "captured"),
    TransactionKind.RELEASE: Words("退回", "released"),
    TransactionKind.EXPIRE: Words("过期", "expired"),
    TransactionKind.CLAWBACK: Words("追回", "clawed back"),
    TransactionKind.SETTLE: Words("偿还欠额", "debt settled"),
    TransactionKind.REVERSE: Words("冲正", "reversed"),
}

_I, _P, _A = AccountKind.ISSUANCE, AccountKind.PENDING, AccountKind.AVAILABLE
_E, _F, _X = AccountKind.ESCROW, AccountKind.FEE, AccountKind.EXPIRED
_D = AccountKind.CLAWBACK_DEBT

Flow = tuple[AccountKind, AccountKind]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a lot may go in a kind of transaction, and the sign of issuance over all lots.

    -1: credits come into being; 0: none does, none ends; 1: credits end.
    """

    flows: frozenset[Flow]
    issuance: int


RULES: Mapping[TransactionKind, Rule] = {
    TransactionKind.GRANT: Rule(frozenset({(_I, _A)}), -1),
    TransactionKind.MINT: Rule(frozenset({(_I, _A), (_I, _P)}), -1),
    TransactionKind.VEST: Rule(frozenset({(_P, _A)}), 0),
    TransactionKind.HOLD: Rule(frozenset({(_A, _E)}), 0),
    TransactionKind.RELEASE: Rule(frozenset({(_E, _A)}), 0),
    TransactionKind.CAPTURE: Rule(frozenset({(_E, _I), (_I, _A), (_I, _F)}), 0),
    TransactionKind.EXPIRE: Rule(frozenset({(_A, _X), (_P, _X)}), 0),
    TransactionKind.CLAWBACK: Rule(frozenset({(_P, _I), (_A, _I), (_D, _I)}), 1),
    TransactionKind.SETTLE: Rule(frozenset({(_A, _I), (_I, _D)}), 0),
}
REVERSIBLE = frozenset(
    {
        TransactionKind.GRANT,
        TransactionKind.MINT,
        TransactionKind.CAPTURE,
        TransactionKind.CLAWBACK,
    }
)
_REVERSED_FLOWS = frozenset((to, of) for kind in REVERSIBLE for of, to in RULES[kind].flows)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of the ledger, for ever.

    id               unique
    at               aware instant
    idempotency_key  the same key is the same transaction: a second delivery changes nothing
    reference        what it is about: accession, matter, or the id of what it reverses
    memo             for the reader of a statement

    Raises `credits.bad_posting`, `credits.unbalanced`, `credits.forbidden_flow`, all at once.
    """

    id: str
    kind: TransactionKind
    postings: tuple[Posting, ...]
    at: datetime
    idempotency_key: str
    reference: str
    memo: str = ""

    def __post_init__(self) -> None:
        raise_if(_transaction_defects(self))

    @property
    def lots(self) -> Mapping[str, Lot]:
        """Return the lots that the transaction touches, by id."""
        return {posting.lot.id: posting.lot for posting in self.postings}

    @property
    def owners(self) -> tuple[str, ...]:
        """Return the organisations whose accounts it touches, sorted."""
        return tuple(sorted({p.account.owner for p in self.postings if p.account != ISSUANCE}))

    def change(self, kind: AccountKind, owner: str) -> int:
        """Return by how much it changes an organisation's accounts of one kind."""
        return sum(
            p.amount for p in self.postings if p.account.kind is kind and p.account.owner == owner
        )


def net_changes(transaction: Transaction) -> Mapping[tuple[Account, str], int]:
    """Return the change of each account and lot id."""
    changes: dict[tuple[Account, str], int] = defaultdict(int)
    for posting in transaction.postings:
        changes[posting.account, posting.lot.id] += posting.amount
    return changes


def _posting_defects(posting: Posting) -> Iterator[Problem]:
    where = str(posting.account)
    if type(posting.amount) is not int or posting.amount == 0:
        form = "a whole number of micro-credits other than 0"
        yield problem(BAD_POSTING, repr(posting.amount), where, form=form)
    if posting.account != ISSUANCE and posting.account.owner != posting.lot.owner:
        received = f"a lot of {posting.lot.owner}"
        form = "a lot on its owner's accounts: credits do not change hands"
        yield problem(FORBIDDEN_FLOW, received, where, form=form)


def _transaction_defects(transaction: Transaction) -> Iterator[Problem]:
    named = (transaction.id, transaction.idempotency_key, transaction.reference)
    if not all(named) or not transaction.postings:
        form = "an id, an idempotency key, a reference and postings"
        yield problem(BAD_POSTING, repr(named), "transaction", form=form)
    stamp(transaction.at)
    by_lot: dict[str, list[Posting]] = defaultdict(list)
    for posting in transaction.postings:
        by_lot[posting.lot.id].append(posting)
    for lot, postings in by_lot.items():
        yield from _lot_defects(transaction, lot, postings)
    yield from _issuance_defects(transaction)


def _lot_defects(transaction: Transaction, lot: str, postings: list[Posting]) -> Iterator[Problem]:
    where = f"{transaction.id} {lot}"
    if any(posting.lot != postings[0].lot for posting in postings):
        yield problem(BAD_POSTING, "two versions of the lot", where, form="one lot for each id")
    total = sum(posting.amount for posting in postings)
    if total:
        yield problem(UNBALANCED, total, where)
    reversal = transaction.kind is TransactionKind.REVERSE
    allowed = _REVERSED_FLOWS if reversal else RULES[transaction.kind].flows
    sources = {p.account.kind for p in postings if p.amount < 0}
    targets = {p.account.kind for p in postings if p.amount > 0}
    for flow in sorted((s, t) for s in sources for t in targets):
        if flow not in allowed:
            form = ", ".join(sorted(f"{s} → {t}" for s, t in allowed))
            yield problem(FORBIDDEN_FLOW, f"{flow[0]} → {flow[1]}", where, form=form)


def _issuance_defects(transaction: Transaction) -> Iterator[Problem]:
    if transaction.kind is TransactionKind.REVERSE:
        return  # A reversal is compared with what it reverses when it is posted.
    issued = sum(p.amount for p in transaction.postings if p.account == ISSUANCE)
    due = RULES[transaction.kind].issuance
    if (issued > 0) - (issued < 0) != due:
        form = {-1: "credits issued", 0: "nothing issued, nothing ended", 1: "credits ended"}[due]
        yield problem(FORBIDDEN_FLOW, f"issuance {issued:+d}", transaction.id, form=form)
