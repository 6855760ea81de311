"""Independent checkers of a whole ledger: they trust no constructor and return findings.

They read flat rows, such as a table holds, so that a ledger that was altered behind the
program's back is found out too. Each checker knows one law and nothing of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from qundao.credits.codes import BAD_LEDGER
from qundao.credits.postings import Transaction
from qundao.kernel.errors import Problem, problem


@dataclass(frozen=True, slots=True)
class Row:
    """One posting as it is stored, with its transaction's head and its lot's constants."""

    transaction: str
    kind: str
    at: datetime
    key: str
    reference: str
    account: str
    owner: str
    matter: str
    lot: str
    lot_owner: str
    opened_at: datetime
    expires_at: datetime | None
    amount: int

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Return the account and lot that the row changes."""
        return self.account, self.owner, self.matter, self.lot


Checker = Callable[[Sequence[Row]], Iterator[Problem]]


def rows_of(transactions: Iterable[Transaction]) -> list[Row]:
    """Return the rows of transactions, in the order of posting."""
    return [
        Row(
            t.id,
            str(t.kind),
            t.at,
            t.idempotency_key,
            t.reference,
            str(p.account.kind),
            p.account.owner,
            p.account.matter,
            p.lot.id,
            p.lot.owner,
            p.lot.opened_at,
            p.lot.expires_at,
            p.amount,
        )
        for t in transactions
        for p in t.postings
    ]


def check_ledger(rows: Sequence[Row], closed_matters: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Return every law that the rows (in the order of posting) break.

    closed_matters: those that are over, for which nothing may be held any more.
    """
    found = [finding for checker in CHECKERS for finding in checker(rows)]
    return (*found, *check_escrow_closed(rows, closed_matters))


def check_zero_sums(rows: Sequence[Row]) -> Iterator[Problem]:
    """Every lot of every transaction sums to zero."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row.transaction, row.lot] += row.amount
    for (transaction, lot), total in sums.items():
        if total:
            yield _broken("zero_sum", total, f"{transaction} {lot}", "postings that sum to 0")


def check_no_overdraft(rows: Sequence[Row]) -> Iterator[Problem]:
    """After each transaction no lot is below zero anywhere; a debt is never above it."""
    balances: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for transaction, group in groupby(rows, key=lambda row: row.transaction):
        touched = list(group)
        for row in touched:
            balances[row.place] += row.amount
        for place in sorted({row.place for row in touched}):
            sign = {"issuance": 0, "clawback_debt": -1}.get(place[0], 1)
            if balances[place] * sign < 0:
                where = f"{transaction} {':'.join(part for part in place if part)}"
                yield _broken("no_overdraft", balances[place], where, "no balance below zero")


def check_unique_keys(rows: Sequence[Row]) -> Iterator[Problem]:
    """One idempotency key is one transaction, and one transaction has one head."""
    by_key: dict[str, set[str]] = defaultdict(set)
    heads: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for row in rows:
        by_key[row.key].add(row.transaction)
        heads[row.transaction].add((row.kind, row.at, row.key, row.reference))
    for key, transactions in by_key.items():
        if len(transactions) > 1:
            yield _broken("unique_key", sorted(transactions), key, "one transaction for each key")
    for transaction, seen in heads.items():
        if len(seen) > 1:
            yield _broken("unique_key", len(seen), transaction, "one head for each transaction")


def check_lots(rows: Sequence[Row]) -> Iterator[Problem]:
    """A lot keeps its owner and expiry, and stands on its owner's accounts only."""
    constants: dict[str, tuple[object, ...]] = {}
    for row in rows:
        now = (row.lot_owner, row.opened_at, row.expires_at)
        if constants.setdefault(row.lot, now) != now:
            yield _broken("lot_constant", now, f"{row.transaction} {row.lot}", "a lot as opened")
        if row.account != "issuance" and row.owner != row.lot_owner:
            form = f"accounts of {row.lot_owner}"
            yield _broken("not_transferable", row.owner, f"{row.transaction} {row.lot}", form)


def check_issuance(rows: Sequence[Row]) -> Iterator[Problem]:
    """Credits come into being by grant and mint, end by clawback, and otherwise do neither."""
    issued: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        issued[row.transaction, row.kind] += row.amount * (row.account == "issuance")
    for (transaction, kind), total in issued.items():
        if kind != "reverse" and not _issuance_fits(kind, total):
            yield _broken("issuance", total, transaction, f"what a {kind} may issue")


def check_spending_order(rows: Sequence[Row]) -> Iterator[Problem]:
    """A hold takes no expired lot, and never a later one while an earlier one is left."""
    available: dict[tuple[str, str], tuple[int, Row]] = {}
    for transaction, group in groupby(rows, key=lambda row: row.transaction):
        touched = list(group)
        for row in touched:
            if row.account == "available":
                before = available.get((row.owner, row.lot), (0, row))[0]
                available[row.owner, row.lot] = (before + row.amount, row)
        if touched[0].kind == "hold":
            left = [row for amount, row in available.values() if amount > 0]
            yield from _order_broken(transaction, touched, left)


def check_reversals(rows: Sequence[Row]) -> Iterator[Problem]:
    """A reversal negates, once, a transaction that came before it."""
    seen: dict[str, list[tuple[object, ...]]] = {}
    reversed_by: dict[str, str] = {}
    for transaction, group in groupby(rows, key=lambda row: row.transaction):
        touched = list(group)
        seen[transaction] = sorted((*row.place, row.amount) for row in touched)
        if touched[0].kind != "reverse":
            continue
        of = touched[0].reference
        counter = sorted((*row.place, -row.amount) for row in touched)
        if of in reversed_by or seen.get(of) != counter:
            yield _broken("reversal", of, transaction, "one exact counter-entry")
        reversed_by[of] = transaction


def check_escrow_closed(rows: Sequence[Row], closed_matters: Iterable[str]) -> Iterator[Problem]:
    """Nothing stays held for a matter that is over."""
    held: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.account == "escrow":
            held[row.matter] += row.amount
    for matter in closed_matters:
        if held.get(matter):
            yield _broken("escrow_closed", held[matter], matter, "nothing held")


CHECKERS: tuple[Checker, ...] = (
    check_zero_sums,
    check_no_overdraft,
    check_unique_keys,
    check_lots,
    check_issuance,
    check_spending_order,
    check_reversals,
)


def _issuance_fits(kind: str, total: int) -> bool:
    if kind in ("grant", "mint"):
        return total < 0
    return total > 0 if kind == "clawback" else total == 0


def _order_broken(transaction: str, touched: list[Row], left: list[Row]) -> Iterator[Problem]:
    taken = [row for row in touched if row.account == "escrow"]
    for row in taken:
        if row.expires_at is not None and row.expires_at <= row.at:
            yield _broken("expiry", row.lot, transaction, "lots that have not expired")
    for other in left:
        usable = other.expires_at is None or other.expires_at > touched[0].at
        later = [row.lot for row in taken if row.owner == other.owner and _before(other, row)]
        if usable and later:
            yield _broken("spending_order", later, transaction, f"{other.lot} first")


def _before(left: Row, taken: Row) -> bool:
    """Tell whether the lot of `left` expires strictly earlier than that of `taken`."""
    if left.expires_at is None:
        return False
    return taken.expires_at is None or left.expires_at < taken.expires_at


def _broken(law: str, received: object, where: str, form: str) -> Problem:
    return problem(BAD_LEDGER, received, where, law=law, form=form)
