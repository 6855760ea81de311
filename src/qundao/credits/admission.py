"""Whether a sound transaction may be posted now, against the balances of this moment.

The hub calls this inside the transaction that writes, with holdings read under its lock; `Book`
calls it in memory. What a rule of `ledger` saw earlier does not count here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from qundao.credits.accounts import ISSUANCE, AccountKind
from qundao.credits.codes import (
    IN_DEBT,
    LOT_CHANGED,
    LOT_EXPIRED,
    NOT_REVERSIBLE,
    OUT_OF_ORDER,
    OVERDRAWN,
)
from qundao.credits.holdings import Holdings
from qundao.credits.lots import NEVER
from qundao.credits.postings import REVERSIBLE, Posting, Transaction, TransactionKind, net_changes
from qundao.kernel.clock import stamp
from qundao.kernel.credit import show_credits
from qundao.kernel.errors import Problem, problem


def objections(transaction: Transaction, holdings: Mapping[str, Holdings]) -> tuple[Problem, ...]:
    """Return why the transaction may not be posted; nothing when it may.

    holdings: of every organisation in `transaction.owners`, as they are now. One that is left
    out holds nothing. A reversal is judged by `reversal_objections` as well.
    """
    now = {owner: holdings.get(owner, Holdings(owner)) for owner in transaction.owners}
    found = [*_lots_changed(transaction, now), *_overdrawn(transaction, now)]
    if transaction.kind is TransactionKind.HOLD:
        found += [*_not_spendable(transaction, now), *_out_of_order(transaction, now)]
    return tuple(found)


def reversal_objections(
    transaction: Transaction, original: Transaction | None, *, already_reversed: bool
) -> tuple[Problem, ...]:
    """Return why a reversal may not be posted: it must negate, once, what it refers to.

    original: the transaction that `transaction.reference` names; None when there is none.
    """
    form = ""
    if original is None or original.kind not in REVERSIBLE:
        form = "the id of a " + ", ".join(sorted(REVERSIBLE)) + " as the reference"
    elif already_reversed:
        form = "a transaction that was not reversed before"
    elif Counter(transaction.postings) != Counter(_negated(original)):
        form = "exactly the counter-entry"
    return (problem(NOT_REVERSIBLE, transaction.reference, transaction.id, form=form),) * bool(form)


def _negated(transaction: Transaction) -> Iterator[Posting]:
    return (Posting(p.account, p.lot, -p.amount) for p in transaction.postings)


def _lots_changed(transaction: Transaction, now: Mapping[str, Holdings]) -> Iterator[Problem]:
    known = {b.lot.id: b.lot for held in now.values() for b in held.balances}
    for lot_id, lot in transaction.lots.items():
        if known.get(lot_id, lot) != lot:
            yield problem(LOT_CHANGED, repr(lot), transaction.id, lot=lot_id)


def _overdrawn(transaction: Transaction, now: Mapping[str, Holdings]) -> Iterator[Problem]:
    for (account, lot_id), change in net_changes(transaction).items():
        if account == ISSUANCE:
            continue
        after = now[account.owner].amount(account, lot_id) + change
        if not account.may_hold(after):
            facts = {"account": str(account), "lot": lot_id}
            yield problem(OVERDRAWN, show_credits(after), transaction.id, **facts)


def _not_spendable(transaction: Transaction, now: Mapping[str, Holdings]) -> Iterator[Problem]:
    for owner in transaction.owners:
        if now[owner].debt:
            yield problem(IN_DEBT, show_credits(now[owner].debt), owner)
    for posting in transaction.postings:
        lot = posting.lot
        if posting.account.kind is AccountKind.ESCROW and lot.expired(transaction.at):
            facts = {"lot": lot.id, "expires": stamp(lot.expires_at) if lot.expires_at else ""}
            yield problem(LOT_EXPIRED, stamp(transaction.at), transaction.id, **facts)


def _out_of_order(transaction: Transaction, now: Mapping[str, Holdings]) -> Iterator[Problem]:
    """Refuse a hold that was made before credits came that expire earlier than those it takes."""
    changes = net_changes(transaction)
    for owner in transaction.owners:
        lots = [lot for lot in transaction.lots.values() if lot.owner == owner]
        latest = max(lot.expires_at or NEVER for lot in lots)
        for balance in now[owner].spendable(transaction.at):
            left = balance.amount + changes.get((balance.account, balance.lot.id), 0)
            if left > 0 and (balance.lot.expires_at or NEVER) < latest:
                yield problem(OUT_OF_ORDER, "", transaction.id, lot=balance.lot.id)
